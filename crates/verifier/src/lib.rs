//! Decides live or fake from the crops' own signals.
