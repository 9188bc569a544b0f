//! A plan to be refined.

use groma_value::{Path, PathStep, Value};

use crate::{Model, Plan, PlanRequest};

/// What the rules planned for an object, for a resource type to refine.
#[derive(Clone, Debug)]
pub struct Planned<M> {
    /// The object before; `None` if it is to be created.
    pub prior: Option<M>,
    /// The configuration, which may have unknown values.
    pub config: M,
    /// The object as it would be. What is changed here is planned; all else stays as it was.
    pub planned: M,
    before: M,
    replace: Vec<Path>,
}

impl<M: Model> Planned<M> {
    /// The plan of the rules in typed form.
    pub fn of(request: &PlanRequest, plan: &Plan) -> Planned<M> {
        let planned = M::read(&plan.planned);
        Planned {
            prior: (!request.prior.is_null()).then(|| M::read(&request.prior)),
            config: M::read(&request.config),
            before: planned.clone(),
            planned,
            replace: plan.requires_replace.clone(),
        }
    }

    /// Whether the object is to be created.
    pub fn is_create(&self) -> bool {
        self.prior.is_none()
    }

    /// Whether anything changes.
    pub fn is_change(&self) -> bool {
        self.prior.as_ref() != Some(&self.planned)
    }

    /// Whether the object will be replaced by another one, as far as is known.
    pub fn is_replace(&self) -> bool {
        self.prior.is_some() && !self.replace.is_empty()
    }

    /// Says that the change of an attribute cannot be made in place. Paths are written with dots:
    /// `rule.0.port`.
    pub fn replace(&mut self, path: &str) {
        let path = parsed(path);
        if !self.replace.contains(&path) {
            self.replace.push(path);
        }
    }

    /// Says that the change of an attribute can be made in place after all.
    pub fn in_place(&mut self, path: &str) {
        let path = parsed(path);
        self.replace.retain(|replaced| !path.is_prefix_of(replaced));
    }

    /// Puts what was refined into the plan.
    pub fn into_plan(self, plan: &mut Plan) {
        let changed = self.planned.changed_since(&self.before);
        if !changed.is_empty() {
            // Only what was touched: a collection that is known in parts is unknown in a model.
            let mut members = plan.planned.as_entries().cloned().unwrap_or_default();
            let refined = self.planned.write();
            for name in changed {
                if let Some(value) = refined.get(name) {
                    members.insert(name.into(), value.clone());
                }
            }
            plan.planned = Value::object(members);
        }
        plan.requires_replace = self.replace;
    }
}

fn parsed(path: &str) -> Path {
    let steps = path.split('.').map(|step| match step.parse::<i64>() {
        Ok(index) => PathStep::Index(Value::number(index)),
        Err(_) => PathStep::Attribute(step.into()),
    });
    Path(steps.collect())
}
