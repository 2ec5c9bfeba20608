//! Frames to a folder of PNGs, a GIF, or a film by way of ffmpeg.

use super::CliResult;
use super::png::write_rgba;
use super::yuv::yuv;
use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, Frame, RgbaImage};
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Endings that ffmpeg is asked for.
const FILMS: [&str; 4] = ["mp4", "mov", "webm", "mkv"];
/// How thoroughly a GIF's colours are chosen, 1 to 30, 1 being the most.
const GIF_SPEED: i32 = 10;

/// Whether `out` is to be one file, and not a folder of frames.
pub fn is_file(out: &Path) -> bool {
    let ending = ending(out);
    ["gif", "png"].contains(&ending.as_str()) || FILMS.contains(&ending.as_str())
}

/// Whether `out` is one picture.
pub fn is_png(out: &Path) -> bool {
    ending(out) == "png"
}

fn ending(out: &Path) -> String {
    let ending = out.extension().and_then(|ending| ending.to_str());
    ending.unwrap_or_default().to_ascii_lowercase()
}

/// Where frames go.
pub struct Film {
    size: (u32, u32),
    way: Way,
    /// A file that is not whole yet, and its place.
    part: Option<(PathBuf, PathBuf)>,
}

impl Drop for Film {
    fn drop(&mut self) {
        if let Some((part, _)) = &self.part {
            let _ = std::fs::remove_file(part);
        }
    }
}

enum Way {
    Folder {
        folder: PathBuf,
        written: usize,
    },
    Gif {
        encoder: Box<GifEncoder<BufWriter<File>>>,
        delay: Delay,
    },
    Ffmpeg {
        process: Child,
        pipe: Pipe,
    },
}

/// Frames on their way to ffmpeg, so that the next is drawn while it reads.
struct Pipe {
    frames: Option<SyncSender<Vec<u8>>>,
    writer: Option<JoinHandle<std::io::Result<()>>>,
}

impl Pipe {
    fn new(mut input: ChildStdin) -> Self {
        let (frames, waiting) = sync_channel::<Vec<u8>>(2);
        let writer = std::thread::spawn(move || {
            for frame in waiting {
                input.write_all(&frame)?;
            }
            input.flush()
        });
        Self {
            frames: Some(frames),
            writer: Some(writer),
        }
    }

    fn send(&mut self, frame: Vec<u8>) -> CliResult {
        match self.frames.as_ref().map(|frames| frames.send(frame)) {
            Some(Ok(())) => Ok(()),
            _ => self.close(),
        }
    }

    /// Writes what is left.
    fn close(&mut self) -> CliResult {
        self.frames = None;
        let written = self.writer.take().map(JoinHandle::join);
        match written {
            None | Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(error))) => Err(format!("ffmpeg stopped taking frames: {error}").into()),
            Some(Err(_)) => Err("frames could not be handed to ffmpeg".into()),
        }
    }
}

impl Film {
    /// Opens `out`: its ending says what it becomes.
    pub fn create(out: &Path, (width, height): (usize, usize), fps: u16) -> CliResult<Self> {
        let ending = ending(out);
        if is_png(out) {
            let out = out.display();
            return Err(format!(
                "--out {out}: a PNG is one picture; name a film, a .gif or a folder, or ask for \
                 --average or --square"
            )
            .into());
        }
        let named = |error| format!("{}: {error}", out.display());
        let size = (width as u32, height as u32);
        if !is_file(out) {
            std::fs::create_dir_all(out).map_err(named)?;
            let way = Way::Folder {
                folder: out.to_owned(),
                written: 0,
            };
            let part = None;
            return Ok(Self { size, way, part });
        }
        if let Some(folder) = out.parent() {
            std::fs::create_dir_all(folder).map_err(named)?;
        }
        let part = out.with_file_name(format!(".soda-{}.part.{ending}", std::process::id()));
        let way = match ending.as_str() {
            "gif" => {
                let file = BufWriter::new(File::create(&part).map_err(named)?);
                let mut encoder = Box::new(GifEncoder::new_with_speed(file, GIF_SPEED));
                encoder.set_repeat(Repeat::Infinite)?;
                let delay = Delay::from_saturating_duration(Duration::from_secs(1) / fps.into());
                Way::Gif { encoder, delay }
            }
            _ => ffmpeg(&part, size, fps)?,
        };
        let part = Some((part, out.to_owned()));
        Ok(Self { size, way, part })
    }

    /// One more frame, RGBA.
    pub fn frame(&mut self, rgba: &[u8]) -> CliResult {
        let (width, height) = self.size;
        match &mut self.way {
            Way::Folder { folder, written } => {
                let size = (width as usize, height as usize);
                write_rgba(&folder.join(format!("{written:03}.png")), rgba, size)?;
                *written += 1;
            }
            Way::Gif { encoder, delay } => {
                let picture = RgbaImage::from_raw(width, height, rgba.to_vec());
                let picture = picture.ok_or("a frame of another size")?;
                encoder.encode_frame(Frame::from_parts(picture, 0, 0, *delay))?;
            }
            Way::Ffmpeg { pipe, .. } => {
                pipe.send(yuv(rgba, width as usize, height as usize))?;
            }
        }
        Ok(())
    }

    /// Closes the film; an error where ffmpeg could not write it.
    pub fn finish(mut self) -> CliResult {
        if let Way::Ffmpeg { process, pipe } = &mut self.way {
            pipe.close()?;
            let status = process.wait()?;
            if !status.success() {
                return Err(format!("ffmpeg could not write the film ({status})").into());
            }
        }
        let Some((part, out)) = self.part.take() else {
            return Ok(());
        };
        // Ends the file: an encoder writes its last bytes when it goes, and tells no errors.
        let folder = PathBuf::new();
        drop(std::mem::replace(
            &mut self.way,
            Way::Folder { folder, written: 0 },
        ));
        let moved = if ending(&out) == "gif" && !ends_like_gif(&part) {
            Err(std::io::Error::other(
                "not all of it could be written; is the disk full?",
            ))
        } else {
            std::fs::rename(&part, &out)
        };
        moved.map_err(|error| {
            let _ = std::fs::remove_file(&part);
            format!("{}: {error}", out.display()).into()
        })
    }
}

/// Whether the last byte is the one that ends a GIF.
fn ends_like_gif(path: &Path) -> bool {
    let mut last = [0];
    let read = File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)
    });
    read.is_ok() && last == *b";"
}

fn ffmpeg(out: &Path, (width, height): (u32, u32), fps: u16) -> CliResult<Way> {
    let mut command = Command::new("ffmpeg");
    // Players want 4:2:0, and that wants even sides.
    let size = format!("{}x{}", width / 2 * 2, height / 2 * 2);
    let colours = [
        "-color_range",
        "tv",
        "-colorspace",
        "bt709",
        "-color_primaries",
        "bt709",
        "-color_trc",
        "bt709",
    ];
    command.args([
        "-y",
        "-loglevel",
        "error",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "yuv420p",
    ]);
    command
        .args(["-s", &size, "-r", &fps.to_string()])
        .args(colours);
    command
        .args(["-i", "-", "-pix_fmt", "yuv420p", "-crf", "18"])
        .args(colours);
    if ending(out) != "webm" {
        // Nearly as fast as drawing is, and files no larger than by slower presets: what costs
        // little of those and helps most is put back.
        command.args(["-c:v", "libx264", "-preset", "superfast"]);
        command.args(["-x264-params", "mbtree=1:rc-lookahead=10"]);
    }
    let process = command.arg(out).stdin(Stdio::piped()).spawn();
    let mut process = process.map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!(
            "{}: a film needs ffmpeg on the PATH; a .gif or a folder of PNGs does not",
            out.display()
        ),
        _ => format!("ffmpeg: {error}"),
    })?;
    let input = process.stdin.take().ok_or("ffmpeg takes no frames")?;
    let pipe = Pipe::new(input);
    Ok(Way::Ffmpeg { process, pipe })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::AnimationDecoder;

    #[test]
    fn a_gif_has_every_frame_and_its_pace() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("film.gif");
        let mut film = Film::create(&out, (8, 4), 25).unwrap();
        for shade in [0, 128, 255] {
            film.frame(&[shade, 10, 20, 255].repeat(32)).unwrap();
        }
        film.finish().unwrap();
        let file = std::io::BufReader::new(File::open(out).unwrap());
        let frames = image::codecs::gif::GifDecoder::new(file)
            .unwrap()
            .into_frames();
        let frames = frames.collect_frames().unwrap();
        assert_eq!(frames.len(), 3);
        assert_eq!(frames[1].delay().numer_denom_ms().0, 40);
        assert!(frames[1].buffer().get_pixel(3, 2).0[0].abs_diff(128) < 8);
    }
}
