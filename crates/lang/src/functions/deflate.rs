//! Compression by DEFLATE, for `base64gzip`.
//!
//! Compressed texts are compared from run to run: a stream that is only as good, but another one,
//! would show as a change of everything that it is handed to. So the matches, the blocks and the
//! codes are chosen exactly as by the compressor that wrote the streams that are out there: a lazy
//! search for matches of four bytes and more, one block for each 16,384 symbols, the cheapest of
//! the three kinds of blocks, and an empty stored block at the end of the text.

/// The least and the greatest length of a match.
const SHORTEST: usize = 4;
const LONGEST: usize = 258;
/// How far back a match may lie.
const WINDOW: usize = 32 << 10;
/// A match so long is not improved on.
const LAZY: usize = 16;
/// A match so long ends the search.
const NICE: usize = 128;
/// How many places are looked at.
const CHAIN: usize = 128;
/// Matches of four bytes are worth it only if they are not farther than this.
const NEAR: usize = 4096;
/// How many symbols there are in a block.
const BLOCK: usize = 1 << 14;

const END: usize = 256;
const LITERALS: usize = 286;
const DISTANCES: usize = 30;
/// The order in which the lengths of the code of code lengths are written.
const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// A byte, or a repetition of what has been before.
#[derive(Clone, Copy)]
enum Symbol {
    Byte(u8),
    Match { length: usize, distance: usize },
}

/// The text as a stream.
pub(super) fn deflate(text: &[u8]) -> Vec<u8> {
    let mut out = Bits::default();
    Search::new(text).run(&mut |symbols, part| write_block(&mut out, symbols, part));
    // What has been written is made complete, and the end is written apart from it.
    out.stored_header(0, false);
    out.stored_header(0, true);
    out.bytes
}

/// The search for matches.
struct Search<'t> {
    text: &'t [u8],
    /// The last place at which each four bytes stand, by a hash of them, and 1.
    heads: Vec<u32>,
    /// The place before each place with the same hash, and 1.
    previous: Vec<u32>,
}

const HASH_BITS: u32 = 17;

impl<'t> Search<'t> {
    fn new(text: &'t [u8]) -> Search<'t> {
        Search { text, heads: vec![0; 1 << HASH_BITS], previous: vec![0; text.len()] }
    }

    /// Remembers a place; gives the last one with the same hash.
    fn insert(&mut self, at: usize) -> Option<usize> {
        let bytes = self.text.get(at..at + SHORTEST)?;
        let number = bytes.iter().fold(0_u32, |n, byte| n << 8 | u32::from(*byte));
        let hash = number.wrapping_mul(0x1e35_a7bd) >> (32 - HASH_BITS);
        let head = &mut self.heads[hash as usize];
        self.previous[at] = *head;
        let found = (*head as usize).checked_sub(1);
        *head = at as u32 + 1;
        found
    }

    /// The longest match at a place, the nearest of those, that begins at `from` or before.
    fn longest(&self, at: usize, from: usize) -> Option<(usize, usize)> {
        let most = LONGEST.min(self.text.len() - at);
        let here = &self.text[at..at + most];
        let (mut best, mut length) = (None, SHORTEST - 1);
        let mut place = Some(from);
        for _ in 0..CHAIN {
            let Some(candidate) = place.filter(|place| at - place <= WINDOW) else { break };
            let there = &self.text[candidate..];
            let same = here.iter().zip(there).take_while(|(a, b)| a == b).count();
            let worth = same > SHORTEST || at - candidate <= NEAR;
            if same > length && worth {
                (best, length) = (Some((same, at - candidate)), same);
                if same >= NICE.min(most) {
                    break;
                }
            }
            place = (self.previous[candidate] as usize).checked_sub(1);
        }
        best
    }

    fn run(mut self, block: &mut dyn FnMut(&[Symbol], &[u8])) {
        let mut symbols = Vec::new();
        let (mut at, mut block_start) = (0, 0);
        // The match at the place before, and whether that place's byte is still to be written.
        let (mut before, mut pending) = ((SHORTEST - 1, 0), false);
        while at < self.text.len() {
            let head = self.insert(at);
            let left = self.text.len() - at;
            let mut now = (SHORTEST - 1, 0);
            if let Some(head) = head
                && left > before.0
                && before.0 < LAZY
            {
                now = self.longest(at, head).unwrap_or(now);
            }
            if before.0 >= SHORTEST && now.0 <= before.0 {
                symbols.push(Symbol::Match { length: before.0, distance: before.1 });
                let end = at + before.0 - 1;
                at += 1;
                while at < end {
                    self.insert(at);
                    at += 1;
                }
                (before, pending) = ((SHORTEST - 1, 0), false);
            } else {
                if pending {
                    symbols.push(Symbol::Byte(self.text[at - 1]));
                }
                at += 1;
                (before, pending) = (now, true);
            }
            if symbols.len() == BLOCK {
                let end = if pending { at - 1 } else { at };
                block(&symbols, &self.text[block_start..end]);
                symbols.clear();
                block_start = end;
            }
        }
        if pending && let Some(last) = self.text.last() {
            symbols.push(Symbol::Byte(*last));
        }
        if !symbols.is_empty() {
            block(&symbols, &self.text[block_start..]);
        }
    }
}

/// Bits, the lowest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    /// How many bits of the last byte are taken, if it is not full.
    taken: u32,
}

impl Bits {
    fn write(&mut self, value: u32, count: u32) {
        for bit in 0..count {
            if self.taken == 0 {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((value >> bit & 1) as u8) << self.taken;
            }
            self.taken = (self.taken + 1) % 8;
        }
    }

    fn stored_header(&mut self, length: u16, last: bool) {
        self.write(last.into(), 3);
        self.taken = 0;
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend((!length).to_le_bytes());
    }

    fn code(&mut self, codes: &Codes, symbol: usize) {
        let (code, length) = codes.0[symbol];
        self.write(code, length);
    }
}

/// The code and its length for each symbol; the code's first bit is its lowest.
struct Codes(Vec<(u32, u32)>);

impl Codes {
    /// The codes for these lengths.
    fn of(lengths: &[u32]) -> Codes {
        let mut codes = vec![(0, 0); lengths.len()];
        let mut code = 0_u32;
        for length in 1..=15 {
            code <<= 1;
            for (symbol, own) in lengths.iter().enumerate() {
                if *own == length {
                    codes[symbol] = (code.reverse_bits() >> (32 - length), length);
                    code += 1;
                }
            }
        }
        Codes(codes)
    }

    /// The best codes for symbols that occur so often, none longer than `longest`.
    fn best(counts: &[u64], longest: usize) -> Codes {
        let mut used: Vec<(u64, usize)> =
            counts.iter().enumerate().filter(|(_, n)| **n > 0).map(|(s, n)| (*n, s)).collect();
        let mut lengths = vec![0; counts.len()];
        if used.len() <= 2 {
            used.iter().for_each(|(_, symbol)| lengths[*symbol] = 1);
            return Codes::of(&lengths);
        }
        used.sort_unstable();
        // Symbols and pairs of what is in the row before, by how often they occur: the first ones
        // of the last row make the codes. A symbol's code is as long as it is in so many rows.
        let mut rows: Vec<Vec<(u64, bool)>> = Vec::new();
        for _ in 0..longest.min(used.len() - 1) {
            let pairs = rows.last().map_or_else(Vec::new, |row| {
                row.chunks_exact(2).map(|pair| pair[0].0 + pair[1].0).collect::<Vec<u64>>()
            });
            let mut row = Vec::with_capacity(used.len() + pairs.len());
            let mut pairs = pairs.into_iter().peekable();
            for (count, _) in &used {
                while let Some(pair) = pairs.next_if(|pair| pair <= count) {
                    row.push((pair, false));
                }
                row.push((*count, true));
            }
            row.extend(pairs.map(|pair| (pair, false)));
            rows.push(row);
        }
        let mut wanted = 2 * used.len() - 2;
        for row in rows.iter().rev() {
            let single = row.iter().take(wanted).filter(|(_, is_symbol)| *is_symbol).count();
            used[..single].iter().for_each(|(_, symbol)| lengths[*symbol] += 1);
            wanted = 2 * (wanted - single);
        }
        Codes::of(&lengths)
    }

    fn bits(&self, counts: &[u64]) -> u64 {
        self.0.iter().zip(counts).map(|((_, length), n)| u64::from(*length) * n).sum()
    }
}

/// The symbol for a length, and the further bits behind it.
fn length_symbol(length: usize) -> (usize, u32, u32) {
    if length == LONGEST {
        return (285, 0, 0);
    }
    let (symbol, value, bits) = graded(length - 3, 4);
    (END + 1 + symbol, value, bits)
}

/// The symbol for a distance, and the further bits behind it.
fn distance_symbol(distance: usize) -> (usize, u32, u32) {
    graded(distance - 1, 2)
}

/// Numbers in classes that double in size every `steps` of them.
fn graded(number: usize, steps: usize) -> (usize, u32, u32) {
    if number < 2 * steps {
        return (number, 0, 0);
    }
    let bits = number.ilog2() - steps.ilog2();
    let class = (number >> bits) - steps;
    let value = number & ((1 << bits) - 1);
    (steps * (bits as usize + 1) + class, value as u32, bits)
}

fn write_block(out: &mut Bits, symbols: &[Symbol], part: &[u8]) {
    let (mut literals, mut distances) = ([0_u64; LITERALS], [0_u64; DISTANCES]);
    literals[END] = 1;
    let mut further = 0;
    for symbol in symbols {
        match *symbol {
            Symbol::Byte(byte) => literals[usize::from(byte)] += 1,
            Symbol::Match { length, distance } => {
                let (symbol, _, bits) = length_symbol(length);
                literals[symbol] += 1;
                further += u64::from(bits);
                let (symbol, _, bits) = distance_symbol(distance);
                distances[symbol] += 1;
                further += u64::from(bits);
            }
        }
    }
    if distances.iter().all(|n| *n == 0) {
        distances[0] = 1;
    }
    let fixed = (Codes::of(&fixed_lengths()), Codes::of(&[5; DISTANCES]));
    let own = (Codes::best(&literals, 15), Codes::best(&distances, 15));
    let header = Header::of(&own.0, &own.1);
    let size =
        |codes: &(Codes, Codes)| codes.0.bits(&literals) + codes.1.bits(&distances) + further;
    let stored = u16::try_from(part.len()).ok().map(|length| (length, (part.len() as u64 + 5) * 8));
    let (fixed_size, own_size) = (3 + size(&fixed), header.bits() + size(&own));
    let cheapest = |(_, bits): &(u16, u64)| *bits < fixed_size.min(own_size);
    if let Some((length, _)) = stored.filter(cheapest) {
        out.stored_header(length, false);
        out.bytes.extend(part);
        return;
    }
    let codes = if own_size < fixed_size {
        header.write(out);
        own
    } else {
        out.write(1 << 1, 3);
        fixed
    };
    write_symbols(out, symbols, &codes);
}

fn fixed_lengths() -> Vec<u32> {
    let length = |symbol| match symbol {
        0..144 => 8,
        144..256 => 9,
        256..280 => 7,
        _ => 8,
    };
    // Two more than there are symbols have a code.
    (0..LITERALS + 2).map(length).collect()
}

fn write_symbols(out: &mut Bits, symbols: &[Symbol], (literals, distances): &(Codes, Codes)) {
    for symbol in symbols {
        match *symbol {
            Symbol::Byte(byte) => out.code(literals, byte.into()),
            Symbol::Match { length, distance } => {
                let (symbol, value, bits) = length_symbol(length);
                out.code(literals, symbol);
                out.write(value, bits);
                let (symbol, value, bits) = distance_symbol(distance);
                out.code(distances, symbol);
                out.write(value, bits);
            }
        }
    }
    out.code(literals, END);
}

/// How a block tells its codes.
struct Header {
    literals: usize,
    distances: usize,
    /// The lengths of the codes, repetitions told in short, each with further bits.
    told: Vec<(usize, u32, u32)>,
    codes: Codes,
    /// How many lengths of the code of code lengths are written.
    count: usize,
}

impl Header {
    fn of(literals: &Codes, distances: &Codes) -> Header {
        let used = |codes: &Codes, least: usize| {
            codes.0.iter().rposition(|(_, length)| *length > 0).map_or(least, |at| at + 1)
        };
        let (literal_count, distance_count) = (used(literals, 257), used(distances, 1));
        let lengths: Vec<usize> = literals.0[..literal_count]
            .iter()
            .chain(&distances.0[..distance_count])
            .map(|(_, length)| *length as usize)
            .collect();
        let mut told = Vec::new();
        for run in lengths.chunk_by(|a, b| a == b) {
            tell(run[0], run.len(), &mut told);
        }
        let mut counts = [0; 19];
        told.iter().for_each(|(symbol, ..)| counts[*symbol] += 1);
        let codes = Codes::best(&counts, 7);
        let last = ORDER.iter().rposition(|symbol| counts[*symbol] > 0).unwrap_or(0);
        Header {
            literals: literal_count,
            distances: distance_count,
            told,
            codes,
            count: (last + 1).max(4),
        }
    }

    fn bits(&self) -> u64 {
        let told = |(symbol, _, bits): &(usize, u32, u32)| self.codes.0[*symbol].1 + bits;
        3 + 5 + 5 + 4 + 3 * self.count as u64 + u64::from(self.told.iter().map(told).sum::<u32>())
    }

    fn write(&self, out: &mut Bits) {
        out.write(2 << 1, 3);
        out.write(self.literals as u32 - 257, 5);
        out.write(self.distances as u32 - 1, 5);
        out.write(self.count as u32 - 4, 4);
        for symbol in &ORDER[..self.count] {
            out.write(self.codes.0[*symbol].1, 3);
        }
        for (symbol, value, bits) in &self.told {
            out.code(&self.codes, *symbol);
            out.write(*value, *bits);
        }
    }
}

/// Tells that a length occurs so often in a row.
fn tell(length: usize, times: usize, told: &mut Vec<(usize, u32, u32)>) {
    let mut left = times;
    if length == 0 {
        while left >= 11 {
            let n = left.min(138);
            told.push((18, n as u32 - 11, 7));
            left -= n;
        }
        if left >= 3 {
            told.push((17, left as u32 - 3, 3));
            left = 0;
        }
    } else {
        told.push((length, 0, 0));
        left -= 1;
        while left >= 3 {
            let n = left.min(6);
            told.push((16, n as u32 - 3, 2));
            left -= n;
        }
    }
    told.extend(std::iter::repeat_n((length, 0, 0), left));
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::DeflateDecoder;

    use super::*;

    fn inflated(stream: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        DeflateDecoder::new(stream).read_to_end(&mut text).unwrap();
        text
    }

    #[test]
    fn what_is_compressed_comes_back() {
        let mut texts: Vec<Vec<u8>> =
            ["", "a", "hello hello hello hello", "aaaaaaaaaaaaaaaaaaaaaaaa"]
                .iter()
                .map(|text| text.as_bytes().to_vec())
                .collect();
        let mut seed = 1_u32;
        let mut random = |n: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % n
        };
        for kinds in [1, 2, 4, 40, 256] {
            texts.push((0..100_000).map(|_| random(kinds) as u8).collect());
        }
        for text in texts {
            assert_eq!(inflated(&deflate(&text)), text);
        }
    }

    #[test]
    fn streams_are_always_the_same() {
        let stream = deflate(b"hello hello hello hello hello hello");
        let expected = [
            0xca, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc0, 0x4b, 0x02, 0x00, 0x00, 0x00, 0xff, 0xff,
            0x01, 0x00, 0x00, 0xff, 0xff,
        ];
        assert_eq!(stream, expected);
    }
}
