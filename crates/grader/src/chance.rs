//! Chance that can be had again: for tests that try many inputs, each of which a number names.

/// What comes out depends on the seed alone.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number (splitmix64).
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below another.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap_or(0)
    }

    /// One of several.
    pub(crate) fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// Bytes in which a few things are different: some overwritten, cut out, doubled, or put in from a list of pieces.
    pub(crate) fn mutate(&mut self, bytes: &mut Vec<u8>, pieces: &[&[u8]]) {
        for _ in 0..=self.below(8) {
            let at = self.below(bytes.len() + 1);
            let length = self.below(64).min(bytes.len() - at);
            match self.below(5) {
                0 if at < bytes.len() => bytes[at] = self.next().to_le_bytes()[0],
                1 => drop(bytes.drain(at..at + length)),
                2 => {
                    let again = bytes[at..at + length].to_vec();
                    bytes.splice(at..at, again);
                }
                3 => {
                    let piece = self.one(pieces);
                    let end = (at + piece.len()).min(bytes.len());
                    bytes.splice(at..end, piece.iter().copied());
                }
                _ => {
                    let piece = self.one(pieces);
                    bytes.splice(at..at, piece.iter().copied());
                }
            }
        }
    }
}
