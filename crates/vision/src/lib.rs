//! Face detection, crops and PNG encoding.
