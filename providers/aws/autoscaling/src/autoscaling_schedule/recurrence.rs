//! When an action recurs: a line of a crontab.

/// What a field counts.
struct Field {
    what: &'static str,
    least: u32,
    most: u32,
    /// Names for numbers, from `least` on.
    names: &'static [&'static str],
}

const MONTHS: &[&str] =
    &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

const DAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const FIELDS: [Field; 5] = [
    Field { what: "minute", least: 0, most: 59, names: &[] },
    Field { what: "hour", least: 0, most: 23, names: &[] },
    Field { what: "day of the month", least: 1, most: 31, names: &[] },
    Field { what: "month", least: 1, most: 12, names: MONTHS },
    Field { what: "day of the week", least: 0, most: 7, names: DAYS },
];

/// Checks a text; an empty one stands for none.
pub(super) fn recurrence(text: &String) -> Result<(), String> {
    if text.is_empty() {
        return Ok(());
    }
    let parts: Vec<&str> = text.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Err(format!(
            "It must have five fields, minute, hour, day of the month, month and day of the week, such \
             as \"0 18 * * MON-FRI\", but {text:?} has {}.",
            parts.len()
        ));
    }
    for (field, part) in FIELDS.iter().zip(parts) {
        for item in part.split(',') {
            field.item(item).map_err(|why| {
                format!("The {} of a recurrence {why}, but in {text:?} it is {part:?}.", field.what)
            })?;
        }
    }
    Ok(())
}

impl Field {
    /// `*`, a number or a range of them, every so many of these.
    fn item(&self, item: &str) -> Result<(), String> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (item, None),
        };
        if let Some(step) = step
            && !step.parse().is_ok_and(|step: u32| step > 0)
        {
            return Err("takes whole numbers from 1 for its steps".to_owned());
        }
        match range.split_once('-') {
            _ if matches!(range, "*" | "?") => Ok(()),
            Some((first, last)) => match self.number(first)? > self.number(last)? {
                // A week may begin with any of its days.
                true if self.names != DAYS => Err("takes ranges that go upwards".to_owned()),
                _ => Ok(()),
            },
            None => self.number(range).map(|_| ()),
        }
    }

    fn number(&self, text: &str) -> Result<u32, String> {
        let (least, most) = (self.least, self.most);
        let named =
            self.names.iter().zip(least..).find(|(name, _)| name.eq_ignore_ascii_case(text));
        if let Some((_, number)) = named {
            return Ok(number);
        }
        // The last day, the nearest weekday, the second Friday: not every cron knows them.
        if text.contains(['L', 'W', '#']) {
            return Ok(least);
        }
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| format!("takes numbers from {least} to {most}"))
    }
}

#[cfg(test)]
mod tests {
    use super::recurrence;

    #[test]
    fn lines_of_a_crontab_are_taken() {
        for good in [
            "",
            "0 18 * * *",
            "*/15 0-6,22,23 1,15 JAN-mar ?",
            "0 8 * * MON-FRI",
            "0 8 * * 1-5",
            "0 8 * * FRI-MON",
            "0 0 L * 5#2",
            "59 23 31 12 7",
        ] {
            assert_eq!(recurrence(&good.to_owned()), Ok(()), "{good:?}");
        }
        for (bad, words) in [
            ("0 18 * *", "has 4"),
            ("@daily", "has 1"),
            ("60 * * * *", "The minute of a recurrence takes numbers from 0 to 59"),
            ("0 24 * * *", "The hour"),
            ("0 0 0 * *", "The day of the month"),
            ("0 0 1 13 *", "The month"),
            ("0 0 * * XYZ", "The day of the week"),
            ("*/0 * * * *", "steps"),
            ("30-10 * * * *", "upwards"),
            ("0 0 1, * *", "The day of the month"),
        ] {
            let told = recurrence(&bad.to_owned());
            assert!(told.as_ref().is_err_and(|told| told.contains(words)), "{bad:?}: {told:?}");
        }
    }
}
