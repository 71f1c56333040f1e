//! Holds the API key, keeps sessions, verifies or forwards.
