//! A whole provider in one file: notes that are kept as files in a folder.
//!
//! It shows one of everything that a provider may offer, each over a model: a managed resource type
//! with identity, timeouts, private data, a write-only attribute and an earlier schema version, a data
//! source, a list, an ephemeral resource, an action and a function. To try it, build it, link it as
//! `terraform-provider-notebook` into some folder, and name that folder in `dev_overrides`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use groma_sdk::model::{self, checks};
use groma_sdk::schema::Schema;
use groma_sdk::{
    Attr, Blocks, Callable, Catalog, ConfigureRequest, Context, Deed, Diagnostic, Diagnostics,
    Ephemeral, FunctionError, Lister, Listing, Lookup, Managed, Model, Opening, Planned, Problems,
    Progress, Provider, Serve, async_trait, serve, timeouts,
};
use serde_json::json;

fn main() -> ExitCode {
    serve(Serve::new("registry.terraform.io/example/notebook"), NotebookProvider)
}

// The provider.

struct NotebookProvider;

/// Notes that are kept as files in a folder.
#[derive(Clone, Debug, Default, PartialEq, Model)]
struct Settings {
    /// Where the notes are.
    #[attr(required, check = checks::length(1, 4096))]
    folder: Attr<String>,
}

#[async_trait]
impl Provider for NotebookProvider {
    type Client = Notebook;

    fn schema(&self) -> Schema {
        model::schema::<Settings>()
    }

    fn catalog(&self) -> Result<Catalog<Notebook>, Diagnostics> {
        Ok(Catalog::new()
            .managed(NoteResource)
            .lookup(NoteData)
            .lister(NoteList)
            .opened(Pen)
            .deed(Archive)
            .callable(Slug))
    }

    async fn configure(
        &self,
        request: &ConfigureRequest,
        _warnings: &mut Diagnostics,
    ) -> Result<Notebook, Diagnostics> {
        let settings: Settings = request.model();
        let folder = PathBuf::from(settings.folder.text());
        std::fs::create_dir_all(&folder).map_err(|e| failed("make", &folder, &e))?;
        Ok(Notebook { folder })
    }
}

/// The client: a folder of notes.
struct Notebook {
    folder: PathBuf,
}

impl Notebook {
    fn path(&self, title: &str) -> PathBuf {
        self.folder.join(format!("{title}.json"))
    }

    fn write(&self, note: &Note) -> Result<(), Diagnostics> {
        let colors: BTreeMap<&str, &str> =
            note.label.iter().map(|l| (l.name.text(), l.color.text())).collect();
        let text = json!({ "text": note.text.text(), "labels": colors }).to_string();
        let path = self.path(note.title.text());
        std::fs::write(&path, text).map_err(|e| failed("write", &path, &e))
    }

    /// A note with what the folder says of it; `None` if there is none.
    fn read(&self, title: &str) -> Result<Option<Note>, Diagnostics> {
        let path = self.path(title);
        let stored = match std::fs::read(&path) {
            Ok(stored) => stored,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(failed("read", &path, &e)),
        };
        let stored: serde_json::Value =
            serde_json::from_slice(&stored).map_err(|e| failed("read", &path, &e))?;
        let labels = stored["labels"].as_object().into_iter().flatten();
        Ok(Some(Note {
            id: title.into(),
            title: title.into(),
            text: Attr::of_text(stored["text"].as_str()),
            label: labels
                .map(|(name, color)| Label {
                    name: name.as_str().into(),
                    color: color.as_str().into(),
                })
                .collect(),
            ..Note::default()
        }))
    }

    /// The titles of all notes in order.
    fn titles(&self) -> Result<Vec<String>, Diagnostics> {
        let entries =
            std::fs::read_dir(&self.folder).map_err(|e| failed("read", &self.folder, &e))?;
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut titles: Vec<String> =
            names.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
        titles.sort();
        Ok(titles)
    }
}

fn failed(verb: &str, path: &Path, error: &dyn std::fmt::Display) -> Diagnostics {
    let detail = format!("The program could not {verb} {}: {error}.", path.display());
    Diagnostic::error("Unable to work with the notebook", detail).into()
}

// A managed resource type.

/// A note.
#[derive(Clone, Debug, Default, PartialEq, Model)]
#[model(version = 1)]
struct Note {
    /// What the note is found by.
    #[attr(computed)]
    id: Attr<String>,
    /// The heading.
    #[attr(required, replace, identity, check = checks::length(1, 60), check = heading)]
    title: Attr<String>,
    /// What it says.
    #[attr(optional, default = "")]
    text: Attr<String>,
    /// A word that is needed to change the note, and kept nowhere.
    #[attr(optional, write_only, sensitive)]
    seal: Attr<String>,
    /// How often the note was written.
    #[attr(computed, volatile)]
    revision: Attr<i64>,
    /// What it is about.
    #[block(set)]
    label: Blocks<Label>,
    #[block(single)]
    timeouts: Blocks<NoteTimeouts>,
}

#[derive(Clone, Debug, Default, PartialEq, Model)]
struct Label {
    #[attr(required, check = checks::length(1, 20))]
    name: Attr<String>,
    #[attr(optional, default = "white")]
    color: Attr<String>,
}

timeouts! {
    /// How long a note may take while the notebook is locked.
    struct NoteTimeouts {
        create: Duration::from_secs(10),
        update: Duration::from_secs(10),
    }
}

/// What is kept with a note and not shown.
#[derive(Clone, Debug, Default, PartialEq, Model)]
struct Written {
    #[attr(optional)]
    times: Attr<i64>,
}

fn heading(title: &String) -> Result<(), String> {
    match title.chars().all(|c| c.is_alphanumeric() || c == ' ' || c == '-') {
        true => Ok(()),
        false => Err(format!("It must have letters, digits, blanks and hyphens only: {title:?}.")),
    }
}

struct NoteResource;

impl NoteResource {
    /// Waits until nobody else has the notebook locked.
    async fn unlocked(&self, cx: &Context<Notebook>, limit: Duration) -> Result<(), Diagnostics> {
        let lock = cx.client().folder.join(".locked");
        let began = Instant::now();
        while lock.exists() {
            if began.elapsed() >= limit {
                let detail =
                    format!("{} is still there after {} s.", lock.display(), limit.as_secs());
                return Err(Diagnostic::error("The notebook is locked", detail).into());
            }
            cx.wait(Duration::from_millis(20), "the notebook to be unlocked").await?;
        }
        Ok(())
    }

    fn written(&self, cx: &Context<Notebook>, note: Note) -> Result<Note, Diagnostics> {
        cx.client().write(&note)?;
        let before: Written = cx.private_model().unwrap_or_default();
        let times = before.times.or_default() + 1;
        cx.set_private_model(&Written { times: times.into() })?;
        let id = note.title.clone();
        Ok(Note { id, revision: times.into(), ..note })
    }
}

#[async_trait]
impl Managed<Notebook> for NoteResource {
    type Model = Note;

    fn name(&self) -> &'static str {
        "notebook_note"
    }

    fn validate(&self, config: &Note, problems: &mut Problems) {
        if config.text.is("") && config.label.is_empty() && !config.label.is_unknown() {
            problems.warning("text", "Empty note", "A note without text and labels says nothing.");
        }
    }

    async fn plan(
        &self,
        _cx: &Context<Notebook>,
        change: &mut Planned<Note>,
    ) -> Result<(), Diagnostics> {
        // The id is known as soon as the title is.
        if change.is_create() {
            change.planned.id = change.planned.title.clone();
        }
        Ok(())
    }

    async fn create(
        &self,
        cx: &Context<Notebook>,
        _config: Note,
        planned: Note,
    ) -> Result<Note, Diagnostics> {
        self.unlocked(cx, NoteTimeouts::create(&planned.timeouts)).await?;
        self.written(cx, planned)
    }

    async fn read(&self, cx: &Context<Notebook>, state: Note) -> Result<Option<Note>, Diagnostics> {
        let Some(found) = cx.client().read(state.title.text())? else { return Ok(None) };
        Ok(Some(Note { revision: state.revision, timeouts: state.timeouts, ..found }))
    }

    async fn update(
        &self,
        cx: &Context<Notebook>,
        _prior: Note,
        _config: Note,
        planned: Note,
    ) -> Result<Note, Diagnostics> {
        self.unlocked(cx, NoteTimeouts::update(&planned.timeouts)).await?;
        self.written(cx, planned)
    }

    async fn delete(&self, cx: &Context<Notebook>, prior: Note) -> Result<(), Diagnostics> {
        let path = cx.client().path(prior.title.text());
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(failed("remove", &path, &e)),
            _ => Ok(()),
        }
    }

    async fn import(&self, cx: &Context<Notebook>, id: &str) -> Result<Option<Note>, Diagnostics> {
        cx.set_private_model(&Written { times: 1.into() })?;
        Ok(Some(Note { id: id.into(), title: id.into(), revision: 1.into(), ..Note::default() }))
    }

    async fn import_by_identity(
        &self,
        cx: &Context<Notebook>,
        identity: Note,
    ) -> Result<Option<Note>, Diagnostics> {
        self.import(cx, identity.title.text()).await
    }

    /// In version 0, the text was called the body.
    fn upgrade(
        &self,
        _version: i64,
        mut state: serde_json::Value,
    ) -> Result<serde_json::Value, Diagnostics> {
        state["text"] = state["body"].take();
        Ok(state)
    }
}

// A data source.

/// A note that is there already.
#[derive(Clone, Debug, Default, PartialEq, Model)]
struct FoundNote {
    #[attr(required)]
    title: Attr<String>,
    #[attr(computed)]
    text: Attr<String>,
    #[attr(computed)]
    labels: Attr<BTreeMap<String, String>>,
}

struct NoteData;

#[async_trait]
impl Lookup<Notebook> for NoteData {
    type Model = FoundNote;

    fn name(&self) -> &'static str {
        "notebook_note"
    }

    async fn read(
        &self,
        cx: &Context<Notebook>,
        config: FoundNote,
    ) -> Result<FoundNote, Diagnostics> {
        let Some(note) = cx.client().read(config.title.text())? else {
            let detail = format!("The notebook has no note {:?}.", config.title.text());
            return Err(Diagnostic::error("No such note", detail).into());
        };
        let labels: BTreeMap<String, String> =
            note.label.iter().map(|l| (l.name.or_default(), l.color.or_default())).collect();
        Ok(FoundNote { text: note.text, labels: labels.into(), ..config })
    }
}

// A list.

#[derive(Clone, Debug, Default, PartialEq, Model)]
struct Wanted {
    /// Only notes with this label.
    #[attr(optional)]
    label: Attr<String>,
}

struct NoteList;

#[async_trait]
impl Lister<Notebook> for NoteList {
    type Config = Wanted;
    type Model = Note;

    fn name(&self) -> &'static str {
        "notebook_note"
    }

    async fn list(
        &self,
        cx: &Context<Notebook>,
        config: Wanted,
        found: &mut Listing<'_, Note>,
    ) -> Result<(), Diagnostics> {
        for title in cx.client().titles()? {
            let Some(note) = cx.client().read(&title)? else { continue };
            let is_wanted =
                config.label.is_null() || note.label.iter().any(|l| l.name == config.label);
            if is_wanted && !found.push(title, &note).await {
                break;
            }
        }
        Ok(())
    }
}

// An ephemeral resource.

/// A pen that is there for as long as it is used.
#[derive(Clone, Debug, Default, PartialEq, Model)]
struct PenModel {
    #[attr(required)]
    owner: Attr<String>,
    #[attr(computed, sensitive)]
    ink: Attr<String>,
}

/// What a pen is put away by.
#[derive(Clone, Debug, Default, PartialEq, Model)]
struct Drawer {
    #[attr(required)]
    path: Attr<String>,
}

struct Pen;

#[async_trait]
impl Ephemeral<Notebook> for Pen {
    type Model = PenModel;
    type Private = Drawer;

    fn name(&self) -> &'static str {
        "notebook_pen"
    }

    async fn open(
        &self,
        cx: &Context<Notebook>,
        config: PenModel,
    ) -> Result<Opening<PenModel, Drawer>, Diagnostics> {
        let path = cx.client().folder.join(format!("{}.pen", config.owner.text()));
        std::fs::write(&path, "").map_err(|e| failed("write", &path, &e))?;
        let ink = format!("blue ink of {}", config.owner.text());
        Ok(Opening {
            result: PenModel { ink: ink.into(), ..config },
            private: Drawer { path: path.display().to_string().into() },
            renew_at: None,
        })
    }

    async fn close(&self, _cx: &Context<Notebook>, private: Drawer) -> Result<(), Diagnostics> {
        let path = PathBuf::from(private.path.text());
        std::fs::remove_file(&path).map_err(|e| failed("remove", &path, &e))
    }
}

// An action.

#[derive(Clone, Debug, Default, PartialEq, Model)]
struct Bundle {
    /// What is written in front of the names of the copies.
    #[attr(required, check = checks::length(1, 20))]
    prefix: Attr<String>,
}

struct Archive;

#[async_trait]
impl Deed<Notebook> for Archive {
    type Config = Bundle;

    fn name(&self) -> &'static str {
        "notebook_archive"
    }

    async fn invoke(
        &self,
        cx: &Context<Notebook>,
        config: Bundle,
        progress: &Progress,
    ) -> Result<(), Diagnostics> {
        let notebook = cx.client();
        for title in notebook.titles()? {
            let copy = notebook.folder.join(format!("{}{title}.copy", config.prefix.text()));
            std::fs::copy(notebook.path(&title), &copy).map_err(|e| failed("write", &copy, &e))?;
            progress.tell(format!("copied {title}")).await;
        }
        Ok(())
    }
}

// A function.

/// Joins words to one that may be part of a file's name.
#[derive(Clone, Debug, Default, PartialEq, Model)]
struct Words {
    /// What stands between the words.
    #[attr(required, check = checks::one_of(&["-", "_"]))]
    separator: Attr<String>,
    /// The words.
    #[attr(required, variadic)]
    words: Attr<Vec<String>>,
}

struct Slug;

#[async_trait]
impl Callable for Slug {
    type Arguments = Words;
    type Output = String;

    fn name(&self) -> &'static str {
        "slug"
    }

    fn summary(&self) -> &'static str {
        "Joins words in small letters"
    }

    async fn call(&self, arguments: Words) -> Result<String, FunctionError> {
        if let Some(empty) = arguments.words.elements().iter().position(String::is_empty) {
            return Err(FunctionError::of_argument(1 + empty, "It must not be empty."));
        }
        Ok(arguments.words.elements().join(arguments.separator.text()).to_lowercase())
    }
}
