//! gzip and zstd around an input: taken off while it is read, known by the first bytes and not by a name.
//!
//! Nothing is unpacked to disk or held in memory beyond the window of the compression. Content that ends too early is read as far as it
//! goes, and reported ([`Cut`]); content that is damaged, packed twice, or grows past the bound ends the run.

use std::fmt;
use std::io::{self, BufRead, Read};
use std::sync::{Arc, OnceLock};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::error::{Error, ErrorKind};
use crate::location::PACKED_ENDINGS;

/// So much may come out of any input, in bytes.
const FLOOR: u64 = 64 << 20;

/// Above the floor, so many bytes may come out for each one that went in. Feeds are text of many different values and shrink to a fifth
/// or a twentieth; what shrinks to less than this was made to.
const MAX_RATIO: u64 = 250;

/// The widest window that is taken, as by `zstd -d` without `--long`: it is memory.
const MAX_WINDOW: u64 = 128 << 20;

/// A way to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    /// RFC 1952, with any number of members.
    Gzip,
    /// RFC 8878, with any number of frames.
    Zstd,
}

impl Packing {
    /// What an input is packed with, by its first bytes.
    pub(crate) fn of(head: &[u8]) -> Option<Packing> {
        match head {
            [0x1f, 0x8b, 8, ..] => Some(Packing::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Packing::Zstd),
            // A frame to be skipped, which may stand before any other one.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Packing::Zstd),
            _ => None,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        }
    }
}

/// A name's ending that says only how its file is packed.
pub(crate) fn is_packed_ending(ending: &str) -> bool {
    PACKED_ENDINGS.contains(&ending)
}

/// Where packed data ends although more of it should follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cut {
    packing: Packing,
    /// How much came out of it, in bytes.
    length: u64,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (packing, length) = (self.packing.as_str(), self.length);
        write!(
            f,
            "the {packing} data ends too early; only the first {length} bytes were read"
        )
    }
}

/// Told once it is known that an input is cut.
pub(crate) type CutFlag = Arc<OnceLock<Cut>>;

/// Takes off what is around an input, if anything is.
///
/// # Errors
/// Those of reading; and an [`Error`] inside an [`io::Error`] where the content is packed twice.
pub(crate) fn unpacked(
    source: impl Read + Send + 'static,
    cut: &CutFlag,
) -> io::Result<Box<dyn Read + Send>> {
    let mut source = io::BufReader::with_capacity(1 << 16, source);
    let Some(packing) = Packing::of(source.fill_buf()?) else {
        return Ok(Box::new(source));
    };
    let source = Counted {
        source,
        taken: 0,
        starved: false,
    };
    let decoder = match packing {
        Packing::Gzip => Decoder::Gzip(Box::new(MultiGzDecoder::new(source))),
        Packing::Zstd => Decoder::Zstd(Box::new(Frames::new(source))),
    };
    let unpack = Unpack {
        packing,
        decoder,
        given: 0,
        cut: cut.clone(),
    };
    let mut unpack = io::BufReader::with_capacity(1 << 16, unpack);
    match Packing::of(unpack.fill_buf()?) {
        None => Ok(Box::new(unpack)),
        Some(inner) => Err(io::Error::other(
            Error::new(
                ErrorKind::UnknownFormat,
                format!(
                    "the content is packed twice, {} inside {}",
                    inner.as_str(),
                    packing.as_str()
                ),
            )
            .hint("unpack it once first"),
        )),
    }
}

/// The packed bytes, counted.
struct Counted<R> {
    source: R,
    taken: u64,
    /// More was asked for than there is.
    starved: bool,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(buffer)?;
        self.taken += length as u64;
        self.starved |= length == 0 && !buffer.is_empty();
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.source.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.taken += amount as u64;
        self.source.consume(amount);
    }
}

enum Decoder<R> {
    Gzip(Box<MultiGzDecoder<Counted<R>>>),
    Zstd(Box<Frames<Counted<R>>>),
}

struct Unpack<R> {
    packing: Packing,
    decoder: Decoder<R>,
    given: u64,
    cut: CutFlag,
}

impl<R: BufRead> Read for Unpack<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let (read, taken) = match &mut self.decoder {
            Decoder::Gzip(decoder) => (decoder.read(buffer), decoder.get_ref().taken),
            Decoder::Zstd(frames) => (frames.read(buffer), frames.source.taken),
        };
        match read {
            Ok(length) => {
                self.given += length as u64;
                match self.given > FLOOR.max(taken.saturating_mul(MAX_RATIO)) {
                    true => Err(self.too_much()),
                    false => Ok(length),
                }
            }
            Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => {
                let _ = self.cut.set(Cut {
                    packing: self.packing,
                    length: self.given,
                });
                Ok(0)
            }
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => Err(cause),
            Err(cause) => Err(self.damaged(cause)),
        }
    }
}

impl<R> Unpack<R> {
    fn too_much(&self) -> io::Error {
        let message = format!(
            "the {} data unpacks to more than {MAX_RATIO} times its size",
            self.packing.as_str()
        );
        io::Error::other(
            Error::new(ErrorKind::BrokenInput, message)
                .hint("it may be a decompression bomb; unpack it yourself if you trust it"),
        )
    }

    fn damaged(&self, cause: io::Error) -> io::Error {
        let (packing, length) = (self.packing.as_str(), self.given);
        let message = format!("the {packing} data is damaged after the first {length} bytes");
        io::Error::other(
            Error::new(ErrorKind::BrokenInput, message)
                .because(cause)
                .hint("its content cannot be trusted: fetch it again"),
        )
    }
}

/// The content of zstd frames, one after the other; the decoder by itself reads one.
struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    /// A frame is being read.
    inside: bool,
    /// The source ended inside a frame, and what was decoded of that is being given.
    cut: bool,
}

impl<R: BufRead> Frames<Counted<R>> {
    fn new(source: Counted<R>) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW);
        Frames {
            source,
            decoder,
            inside: false,
            cut: false,
        }
    }

    /// Begins the next frame; `false` where there is none.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.source) {
                Ok(()) => {
                    self.inside = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let skipped = (&mut self.source).take(u64::from(length));
                    if io::copy(&mut { skipped }, &mut io::sink())? < u64::from(length) {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(_) if self.source.starved => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(cause) => return Err(io::Error::other(cause.to_string())),
            }
        }
        Ok(false)
    }

    /// Ends a frame that is cut, so that the decoder gives back what it keeps for later blocks to refer to.
    fn end(&mut self) -> io::Result<()> {
        // An empty block that is the last one (RFC 8878, section 3.1.1.2), and a checksum.
        const LAST: &[u8] = &[1, 0, 0, 0, 0, 0, 0];
        self.cut = true;
        match self.decoder.decode_blocks(LAST, BlockDecodingStrategy::All) {
            Ok(_) => Ok(()),
            Err(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn checked(&self) -> io::Result<()> {
        let stated = self.decoder.get_checksum_from_data();
        match stated.is_none() || stated == self.decoder.get_calculated_checksum() {
            true => Ok(()),
            false => Err(io::Error::other("the checksum does not match")),
        }
    }
}

impl<R: BufRead> Read for Frames<Counted<R>> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.inside && self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            }
            if self.inside && self.decoder.is_finished() {
                if self.cut {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                self.checked()?;
                self.inside = false;
            }
            if !self.inside && !self.begin()? {
                return Ok(0);
            }
            if self.decoder.is_finished() {
                continue;
            }
            let one = BlockDecodingStrategy::UptoBlocks(1);
            match self.decoder.decode_blocks(&mut self.source, one) {
                Ok(_) => {}
                Err(_) if self.source.starved => self.end()?,
                Err(cause) => return Err(io::Error::other(cause.to_string())),
            }
        }
    }
}

#[cfg(test)]
mod tests;
