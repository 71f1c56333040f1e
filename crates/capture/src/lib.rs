//! What happens when during a capture, as pure code.
