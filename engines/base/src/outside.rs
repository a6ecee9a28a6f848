//! What comes from outside and is therefore a parameter: the time, and randomness.

/// Tells the time. The faces give the real one; tests give their own.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01 00:00:00 UTC.
    fn now_ms(&self) -> i64;
}

/// Gives random bytes. The faces give the operating system's; tests give their own.
pub trait Entropy: Send + Sync {
    /// Fills the whole buffer with bytes that nobody can foresee.
    fn fill(&self, buffer: &mut [u8]);
}
