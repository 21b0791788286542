//! Made-up indicators in the proportions of a real collection: the same for the same count, wherever it runs.

/// So many values, different from each other.
pub(crate) fn values(count: usize) -> impl Iterator<Item = String> {
    (0..count as u64).map(|at| {
        let noise = scrambled(at);
        match at % 100 {
            0..33 => format!(
                "{}.{}.{}.{}",
                11 + noise % 80,
                at / 65_536 % 256,
                at / 256 % 256,
                at % 256
            ),
            33..72 => format!("{}-{at}.example", word(noise)),
            72..88 => (0..4)
                .map(|part| format!("{:016x}", scrambled(noise ^ part)))
                .collect(),
            88..94 => format!(
                "http://{}.example/{}/{at}.php?id={}",
                word(noise),
                word(at),
                noise % 1000
            ),
            94..97 => format!("{:016x}{:016x}{:08x}", noise, scrambled(noise), at),
            97..99 => format!("{:016x}{:016x}", noise, scrambled(noise)),
            _ => format!("CVE-{}-{}", 1999 + noise % 25, 1000 + at),
        }
    })
}

/// SplitMix64.
fn scrambled(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A name of four to eleven letters.
fn word(noise: u64) -> String {
    let length = 4 + noise % 8;
    (0..length)
        .map(|at| char::from(b'a' + (scrambled(noise ^ at) % 26) as u8))
        .collect()
}
