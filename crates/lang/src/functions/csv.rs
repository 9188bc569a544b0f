//! `csvdecode`.

use groma_hcl::FunctionError;
use groma_value::{Entries, Str, Type, Value};

use super::spec::{Call, Outcome, fail};

/// A record and the line that it begins in.
struct Record {
    line: usize,
    fields: Vec<String>,
}

pub(super) fn decode(c: &Call<'_>) -> Outcome {
    let records = records(c.str(0)?)?;
    let Some((header, rows)) = records.split_first() else {
        return fail("missing header line");
    };
    let mut names: Vec<Str> = Vec::with_capacity(header.fields.len());
    for field in &header.fields {
        let name = Value::string(field.as_str()).as_str().cloned().unwrap_or_default();
        if names.contains(&name) {
            return fail(format!("duplicate column name {:?}", &*name));
        }
        names.push(name);
    }
    let element = Type::object(names.iter().map(|name| (name.clone(), Type::String)));
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        if row.fields.len() != names.len() {
            return fail(format!("CSV parse error on line {}: wrong number of fields", row.line));
        }
        let values = row.fields.iter().map(|field| Value::string(field.as_str()));
        items.push(Value::object(Entries::from_iter(names.iter().cloned().zip(values))));
    }
    Ok(Value::list(element, items))
}

fn records(text: &str) -> Outcome<Vec<Record>> {
    let mut reader = Reader { rest: text, line: 1 };
    let mut records = Vec::new();
    while !reader.rest.is_empty() {
        if reader.end_of_line() {
            continue;
        }
        let line = reader.line;
        let mut fields = Vec::new();
        loop {
            fields.push(reader.field()?);
            match reader.rest.strip_prefix(',') {
                Some(rest) => reader.rest = rest,
                None => break,
            }
        }
        reader.end_of_line();
        records.push(Record { line, fields });
    }
    Ok(records)
}

struct Reader<'t> {
    rest: &'t str,
    line: usize,
}

impl Reader<'_> {
    /// Goes past a line break, if there is one here.
    fn end_of_line(&mut self) -> bool {
        let rest = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix('\n'));
        if let Some(rest) = rest {
            self.rest = rest;
            self.line += 1;
        }
        rest.is_some()
    }

    fn fail<T>(&self, what: &str) -> Outcome<T> {
        Err(FunctionError::new(format!("CSV parse error on line {}: {what}", self.line)))
    }

    fn field(&mut self) -> Outcome<String> {
        let Some(quoted) = self.rest.strip_prefix('"') else {
            let line = self.rest.find('\n').map_or(self.rest, |end| {
                let line = &self.rest[..end];
                line.strip_suffix('\r').unwrap_or(line)
            });
            let field = line.find(',').map_or(line, |end| &line[..end]);
            if field.contains('"') {
                return self.fail("bare \" in non-quoted-field");
            }
            self.rest = &self.rest[field.len()..];
            return Ok(field.to_owned());
        };
        self.rest = quoted;
        let mut field = String::new();
        loop {
            let Some(end) = self.rest.find('"') else {
                return self.fail("extraneous or missing \" in quoted-field");
            };
            let part = &self.rest[..end];
            self.line += part.matches('\n').count();
            field.push_str(&part.replace("\r\n", "\n"));
            self.rest = &self.rest[end + 1..];
            if let Some(rest) = self.rest.strip_prefix('"') {
                field.push('"');
                self.rest = rest;
                continue;
            }
            if self.rest.is_empty()
                || self.rest.starts_with([',', '\n'])
                || self.rest.starts_with("\r\n")
            {
                return Ok(field);
            }
            return self.fail("extraneous or missing \" in quoted-field");
        }
    }
}
