//! Functions on files and paths.

use std::io;

use base64::Engine;
use groma_hcl::FunctionError;
use groma_value::{Marks, Type, Value};

use super::encoding::BASE64;
use super::glob;
use super::spec::{Builtin, Call, Outcome, fail, fail_arg, function, string};
use super::{Env, FileKind, redacted};

pub(super) fn all() -> Vec<Builtin> {
    let on_path = |name| function(name).param(string("path").markable()).returns(Type::String);
    let pure = |name| function(name).param(string("path")).returns(Type::String);
    vec![
        on_path("file").body(|c| {
            let text = read_text(c, c.str(0)?, c.args[0].marks())?;
            Ok(Value::from(text).with_marks(c.args[0].marks()))
        }),
        on_path("filebase64").body(|c| {
            let bytes = read(c.env, c.str(0)?, c.args[0].marks())?;
            Ok(Value::from(BASE64.encode(bytes)).with_marks(c.args[0].marks()))
        }),
        on_path("fileexists").returns(Type::Bool).body(exists),
        function("fileset")
            .param(string("path").markable())
            .param(string("pattern").markable())
            .returns(Type::set(Type::String))
            .body(file_set),
        pure("abspath").body(|c| {
            let path = c.str(0)?;
            Ok(if path.starts_with('/') {
                clean(path).into()
            } else {
                join(&c.env.files.base_dir(), path).into()
            })
        }),
        pure("basename").body(|c| Ok(basename(c.str(0)?).into())),
        pure("dirname").body(|c| Ok(dirname(c.str(0)?).into())),
        pure("pathexpand").body(|c| Ok(expand_home(c.env, c.str(0)?)?.into())),
    ]
}

/// The path without `.`, `..` and slashes that say nothing.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&"..") | None if !rooted => parts.push(".."),
                _ => {
                    parts.pop();
                }
            },
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

/// The path as seen from a directory.
pub(super) fn join(dir: &str, path: &str) -> String {
    match (dir.is_empty(), path.is_empty()) {
        (true, true) => String::new(),
        (true, false) => clean(path),
        (false, true) => clean(dir),
        (false, false) => clean(&format!("{dir}/{path}")),
    }
}

fn basename(path: &str) -> String {
    let trimmed = path.trim_end_matches('/');
    match (path.is_empty(), trimmed.rsplit('/').next()) {
        (true, _) => ".".to_owned(),
        (false, None | Some("")) => "/".to_owned(),
        (false, Some(last)) => last.to_owned(),
    }
}

fn dirname(path: &str) -> String {
    match path.rfind('/') {
        Some(at) => clean(&path[..=at]),
        None => ".".to_owned(),
    }
}

fn expand_home(env: &Env, path: &str) -> Outcome<String> {
    let Some(rest) = path.strip_prefix('~') else { return Ok(path.to_owned()) };
    if !rest.is_empty() && !rest.starts_with('/') {
        return fail("cannot expand user-specific home dir");
    }
    match env.files.home_dir() {
        Some(home) => Ok(join(&home, rest)),
        None => fail("failed to expand ~: there is no home directory"),
    }
}

/// The path to read, and the same for messages.
pub(super) fn resolved(env: &Env, path: &str, marks: &Marks) -> (String, String) {
    let expanded = expand_home(env, path).unwrap_or_else(|_| path.to_owned());
    let clean = clean(&expanded);
    let shown = redacted(&clean, marks);
    (clean, shown)
}

/// What the system says, in the words that messages about files commonly have.
pub(super) fn described(operation: &str, path: &str, error: &io::Error) -> String {
    let what = match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::NotADirectory => "not a directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => return format!("read {path}: is a directory"),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or_default().to_lowercase()
        }
    };
    format!("{operation} {path}: {what}")
}

/// The content of a file that is the first argument of a call.
pub(super) fn read(env: &Env, path: &str, marks: &Marks) -> Outcome<Vec<u8>> {
    expand_home(env, path).map_err(|error| FunctionError::arg(0, error.message))?;
    let (path, shown) = resolved(env, path, marks);
    env.files.read(&path).or_else(|error| {
        if error.kind() != io::ErrorKind::NotFound {
            return fail_arg(0, described("open", &shown, &error));
        }
        let quoted = redacted(&format!("{path:?}"), marks);
        fail_arg(
            0,
            format!(
                "no file exists at {quoted}; this function works only with files that are \
                 distributed as part of the configuration source code, so if this file will be \
                 created by a resource in this configuration you must instead obtain this result \
                 from an attribute of that resource",
            ),
        )
    })
}

pub(super) fn read_text(c: &Call<'_>, path: &str, marks: &Marks) -> Outcome<String> {
    String::from_utf8(read(c.env, path, marks)?).or_else(|_| {
        let shown = redacted(path, marks);
        fail(format!(
            "contents of {shown} are not valid UTF-8; use the filebase64 function to obtain the \
             Base64 encoded contents or the other file functions (e.g. filemd5, filesha256) to \
             obtain file hashing results instead",
        ))
    })
}

fn exists(c: &Call<'_>) -> Outcome {
    let marks = c.args[0].marks();
    expand_home(c.env, c.str(0)?)?;
    let (path, _) = resolved(c.env, c.str(0)?, marks);
    let shown = redacted(&format!("{path:?}"), marks);
    match c.env.files.kind(&path) {
        Ok(FileKind::File) => Ok(Value::TRUE.with_marks(marks)),
        Ok(FileKind::Directory) => fail(format!("{shown} is a directory, not a file")),
        Ok(FileKind::Other) => fail(format!("{shown} is not a regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Value::FALSE.with_marks(marks)),
        Err(_) => fail(format!("failed to stat {shown}")),
    }
}

fn file_set(c: &Call<'_>) -> Outcome {
    let marks = c.args[0].marks().union(c.args[1].marks());
    let (dir, pattern) = (c.str(0)?, c.str(1)?);
    // The pattern may lead out of the directory and back, as a path would.
    let dir = clean(dir);
    let whole = join(&dir, pattern);
    let found = match glob::find(&*c.env.files, &whole) {
        Ok(found) => found,
        // Where there is no directory, no pattern is looked at.
        Err(glob::GlobError::Syntax) if c.env.files.kind(&dir).is_err() => Vec::new(),
        Err(glob::GlobError::Syntax) => {
            let shown = redacted(&format!("{whole:?}"), &marks);
            return fail(format!("failed to glob pattern {shown}: syntax error in pattern"));
        }
        Err(glob::GlobError::Io(error)) => {
            let shown = redacted(&format!("{whole:?}"), &marks);
            let what = described("glob", &shown, &error);
            return fail(format!("failed to glob pattern {shown}: {what}"));
        }
    };
    let relative = |path: &String| -> Value {
        let inside = if dir == "." { Some(&**path) } else { path.strip_prefix(&*dir) };
        inside.unwrap_or(path).trim_start_matches('/').into()
    };
    Ok(Value::set(Type::String, found.iter().map(relative).collect()).with_marks(&marks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        for (path, expected) in [
            ("", "."),
            ("a//b/./c/", "a/b/c"),
            ("a/../b", "b"),
            ("../a/../..", "../.."),
            ("/../a", "/a"),
            ("/", "/"),
        ] {
            assert_eq!(clean(path), expected, "{path}");
        }
        assert_eq!((basename("//"), basename("a/b/")), ("/".to_owned(), "b".to_owned()));
        assert_eq!((dirname("/a"), dirname("a/../b")), ("/".to_owned(), ".".to_owned()));
    }
}
