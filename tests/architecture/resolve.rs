//! Says what a path means: through `self`, `super`, aliases, glob imports and re-exports, to a module of the crate
//! or to a library.

use std::collections::BTreeSet;

use crate::scan::{Facts, Mention, ModulePath};

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// Something of this crate, from its root.
    Crate(Vec<String>),
    /// Something of a library, from its name.
    Library(Vec<String>),
}

impl Target {
    /// The names that lead to it.
    pub(crate) fn path(&self) -> &[String] {
        match self {
            Self::Crate(path) | Self::Library(path) => path,
        }
    }

    fn append(self, rest: &[String]) -> Self {
        let extend = |mut path: Vec<String>| {
            path.extend_from_slice(rest);
            path
        };
        match self {
            Self::Crate(path) => Self::Crate(extend(path)),
            Self::Library(path) => Self::Library(extend(path)),
        }
    }
}

/// Every meaning of a mention. A re-exported name means both the module that re-exports it and the one it is from.
pub(crate) fn targets(facts: &Facts, mention: &Mention) -> BTreeSet<Target> {
    let mut resolver = Resolver { facts, asked: BTreeSet::new(), found: BTreeSet::new() };
    for target in resolver.written(&mention.site, &mention.segments) {
        resolver.follow(&mention.site, target);
    }
    resolver.found
}

struct Resolver<'f> {
    facts: &'f Facts,
    /// Aliases already looked up, so that a name that leads to itself ends.
    asked: BTreeSet<(ModulePath, String)>,
    found: BTreeSet<Target>,
}

impl Resolver<'_> {
    /// What a path written in `site` means, before re-exports are followed.
    fn written(&mut self, site: &[String], segments: &[String]) -> Vec<Target> {
        let Some((head, rest)) = segments.split_first() else { return Vec::new() };
        match head.as_str() {
            "" => vec![Target::Library(rest.to_vec())],
            "crate" | "corater" => vec![Target::Crate(rest.to_vec())],
            "Self" => Vec::new(),
            "self" | "super" => relative(site, segments).map(Target::Crate).into_iter().collect(),
            _ => self.named(site, head, rest, segments),
        }
    }

    fn named(&mut self, site: &[String], head: &str, rest: &[String], segments: &[String]) -> Vec<Target> {
        let known = self.alias(site, head, site);
        if !known.is_empty() {
            return known.into_iter().map(|target| target.append(rest)).collect();
        }
        let child: ModulePath = [site, &[head.to_owned()]].concat();
        if self.facts.modules.contains(&child) {
            return vec![Target::Crate(child).append(rest)];
        }
        vec![Target::Library(segments.to_vec())]
    }

    /// What `name` was bound to in `module`, as far as `asker` can see it.
    fn alias(&mut self, module: &[String], name: &str, asker: &[String]) -> Vec<Target> {
        if !self.asked.insert((module.to_vec(), name.to_owned())) {
            return Vec::new();
        }
        let Some(names) = self.facts.aliases.get(module) else { return Vec::new() };
        let visible = |alias: &&Mention| alias.public || asker.starts_with(module);
        let mut found = Vec::new();
        for alias in names.get(name).into_iter().flatten().filter(visible) {
            found.extend(self.written(module, &alias.segments));
        }
        for glob in names.get("*").into_iter().flatten().filter(visible) {
            for target in self.written(module, &glob.segments) {
                if let Target::Crate(path) = target {
                    found.extend(self.alias(&path, name, asker));
                }
            }
        }
        found
    }

    /// Adds a target and everything it stands for through re-exports on its way.
    fn follow(&mut self, asker: &[String], target: Target) {
        if !self.found.insert(target.clone()) {
            return;
        }
        let Target::Crate(path) = target else { return };
        for at in 0..path.len() {
            for through in self.alias(&path[..at], &path[at], asker) {
                self.follow(asker, through.append(&path[at + 1..]));
            }
        }
    }
}

/// `self::` and `super::` from a module; none when they lead out of the crate.
fn relative(site: &[String], segments: &[String]) -> Option<Vec<String>> {
    let mut path = site.to_vec();
    let mut rest = segments;
    while let [head, tail @ ..] = rest {
        match head.as_str() {
            "self" => {}
            "super" => drop(path.pop()?),
            _ => break,
        }
        rest = tail;
    }
    path.extend_from_slice(rest);
    Some(path)
}
