//! Reads source files as syntax trees and notes every path they name: imports, inline paths, macros, attributes.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, ImplItemFn, Item, ItemExternCrate, ItemMod, ItemUse, Macro, Path, UseTree, VisRestricted,
    Visibility,
    spanned::Spanned,
    visit::{self, Visit},
};

/// A module by the names that lead to it from the crate's root.
pub(crate) type ModulePath = Vec<String>;

/// One source file.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// Path below `src`, with `/`.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

impl Source {
    /// The module this file holds; the binary's root counts as a module `main`.
    pub(crate) fn module(&self) -> ModulePath {
        let stem = self.path.trim_end_matches(".rs");
        match stem {
            "lib" => Vec::new(),
            _ => stem.trim_end_matches("/mod").split('/').map(str::to_owned).collect(),
        }
    }
}

/// A path as written, and where.
#[derive(Debug, Clone)]
pub(crate) struct Mention {
    /// File below `src`.
    pub(crate) file: String,
    /// Line, from 1.
    pub(crate) line: usize,
    /// The module it is written in.
    pub(crate) site: ModulePath,
    /// The segments as written; a leading `::` is an empty first segment.
    pub(crate) segments: Vec<String>,
    /// Ends in `::*`.
    pub(crate) glob: bool,
    /// Visible outside its module.
    pub(crate) public: bool,
    /// In `#[cfg(test)]` code.
    pub(crate) in_test: bool,
}

/// Everything the checks need to know about a source tree.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// Every module, by file or declaration.
    pub(crate) modules: BTreeSet<ModulePath>,
    /// Every path named.
    pub(crate) mentions: Vec<Mention>,
    /// Names that `use` and `extern crate` bring into a module.
    pub(crate) aliases: BTreeMap<ModulePath, BTreeMap<String, Vec<Mention>>>,
    /// Names of the items that each module defines, outside of tests.
    pub(crate) defined: BTreeMap<ModulePath, BTreeSet<String>>,
    /// Problems that the scan itself finds, as `file:line: message`.
    pub(crate) problems: Vec<String>,
    test_modules: BTreeSet<ModulePath>,
}

/// Scans a source tree.
pub(crate) fn scan(sources: &[Source]) -> Facts {
    let mut facts = Facts::default();
    for source in sources {
        facts.modules.insert(source.module());
        match syn::parse_file(&source.text) {
            Err(error) => {
                facts.problems.push(format!("{}:{}: does not parse", source.path, error.span().start().line));
            }
            Ok(file) => {
                let in_test = file.attrs.iter().any(is_test_attribute);
                let (path, module) = (&source.path, source.module());
                Scanner { path, module, in_test, public: false, facts: &mut facts }.visit_file(&file);
            }
        }
    }
    let tests = std::mem::take(&mut facts.test_modules);
    for mention in &mut facts.mentions {
        mention.in_test |= tests.iter().any(|test| mention.site.starts_with(test));
    }
    facts
}

struct Scanner<'s> {
    path: &'s str,
    module: ModulePath,
    in_test: bool,
    public: bool,
    facts: &'s mut Facts,
}

impl Scanner<'_> {
    fn mention(&self, segments: Vec<String>, line: usize) -> Mention {
        let (file, site) = (self.path.to_owned(), self.module.clone());
        Mention { file, line, site, segments, glob: false, public: self.public, in_test: self.in_test }
    }

    fn name(&mut self, segments: Vec<String>, line: usize) {
        let mention = self.mention(segments, line);
        self.facts.mentions.push(mention);
    }

    fn bind(&mut self, name: String, segments: Vec<String>, line: usize) {
        let mention = self.mention(segments, line);
        let names = self.facts.aliases.entry(self.module.clone()).or_default();
        names.entry(name).or_default().push(mention);
    }

    fn problem(&mut self, line: usize, what: &str) {
        self.facts.problems.push(format!("{}:{line}: {what}", self.path));
    }

    fn within_test(&mut self, is_test: bool, visit: impl FnOnce(&mut Self)) {
        let before = self.in_test;
        self.in_test |= is_test;
        visit(self);
        self.in_test = before;
    }

    fn use_tree(&mut self, prefix: &[String], tree: &UseTree) {
        let line = tree.span().start().line;
        match tree {
            UseTree::Path(path) => self.use_tree(&joined(prefix, &path.ident), &path.tree),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.use_tree(prefix, tree)),
            UseTree::Glob(_) => {
                let mention = Mention { glob: true, ..self.mention(prefix.to_vec(), line) };
                let names = self.facts.aliases.entry(self.module.clone()).or_default();
                names.entry("*".into()).or_default().push(mention.clone());
                self.facts.mentions.push(mention);
            }
            UseTree::Name(name) => {
                let path = joined(prefix, &name.ident);
                self.leaf(&path, path_name(&path), line);
            }
            UseTree::Rename(rename) => {
                self.leaf(&joined(prefix, &rename.ident), Some(plain(&rename.rename)), line);
            }
        }
    }

    fn leaf(&mut self, path: &[String], bound: Option<String>, line: usize) {
        let path = without_self(path);
        self.name(path.clone(), line);
        if let Some(bound) = bound {
            self.bind(bound, path, line);
        }
    }

    /// Notes every `a::b` sequence of tokens that no parser of ours understands: macro input, attribute input.
    fn tokens(&mut self, prefix: &[String], tokens: TokenStream, read_strings: bool) {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < trees.len() {
            match &trees[at] {
                TokenTree::Ident(ident) if ident == "as" => at += 1,
                TokenTree::Ident(_) => at = self.token_path(prefix, &trees, at, read_strings),
                TokenTree::Group(group) => self.tokens(&[], group.stream(), read_strings),
                TokenTree::Literal(literal) if read_strings => self.string(literal),
                _ => {}
            }
            at += 1;
        }
    }

    /// Reads one path from `at`; returns the index of its last token.
    fn token_path(
        &mut self,
        prefix: &[String],
        trees: &[TokenTree],
        mut at: usize,
        read_strings: bool,
    ) -> usize {
        let line = trees[at].span().start().line;
        let mut path = prefix.to_vec();
        if let TokenTree::Ident(ident) = &trees[at] {
            path.push(plain(ident));
        }
        while is_colons(trees, at + 1) {
            match trees.get(at + 3) {
                Some(TokenTree::Ident(ident)) => path.push(plain(ident)),
                Some(TokenTree::Group(group)) => {
                    self.tokens(&path, group.stream(), read_strings);
                    return at + 3;
                }
                _ => break,
            }
            at += 3;
        }
        match (trees.get(at + 1), trees.get(at + 2)) {
            (Some(TokenTree::Ident(word)), Some(TokenTree::Ident(alias))) if word == "as" => {
                self.bind(plain(alias), without_self(&path), line);
            }
            (Some(TokenTree::Punct(mark)), _) if mark.as_char() == '!' => {
                self.name(vec![format!("{}!", path.last().map_or("", String::as_str))], line);
            }
            _ => {}
        }
        if path.len() > 1 {
            self.name(without_self(&path), line);
        }
        at
    }

    /// Attributes name functions and types in strings, as in `#[serde(with = "crate::a::b")]`.
    fn string(&mut self, literal: &proc_macro2::Literal) {
        let text = syn::parse2::<syn::LitStr>(TokenTree::Literal(literal.clone()).into());
        if let Some(tokens) = text.ok().and_then(|text| text.parse::<TokenStream>().ok()) {
            self.tokens(&[], tokens, false);
        }
    }
}

impl<'ast> Visit<'ast> for Scanner<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let is_test = attributes(item).iter().any(is_test_attribute);
        if let Some(name) = defines(item).filter(|_| !is_test && !self.in_test) {
            self.facts.defined.entry(self.module.clone()).or_default().insert(plain(name));
        }
        self.within_test(is_test, |scanner| visit::visit_item(scanner, item));
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        let is_test = function.attrs.iter().any(is_test_attribute);
        self.within_test(is_test, |scanner| visit::visit_impl_item_fn(scanner, function));
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.module.push(plain(&module.ident));
        self.facts.modules.insert(self.module.clone());
        if self.in_test {
            self.facts.test_modules.insert(self.module.clone());
        }
        if module.attrs.iter().any(|attribute| attribute.path().is_ident("path")) {
            self.problem(module.span().start().line, "`#[path]` puts a module where its file is not");
        }
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.public = !matches!(item.vis, Visibility::Inherited);
        let prefix = if item.leading_colon.is_some() { vec![String::new()] } else { Vec::new() };
        self.use_tree(&prefix, &item.tree);
        self.public = false;
    }

    fn visit_item_extern_crate(&mut self, item: &'ast ItemExternCrate) {
        let line = item.span().start().line;
        let is_self = item.ident == "self";
        let path = if is_self { vec!["crate".to_owned()] } else { vec![String::new(), plain(&item.ident)] };
        let bound = plain(item.rename.as_ref().map_or(&item.ident, |(_, name)| name));
        self.name(path.clone(), line);
        self.bind(bound, path, line);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let mut segments: Vec<String> = path.segments.iter().map(|segment| plain(&segment.ident)).collect();
        if path.leading_colon.is_some() {
            segments.insert(0, String::new());
        }
        if segments.len() > 1 {
            self.name(segments, path.span().start().line);
        }
        visit::visit_path(self, path);
    }

    /// `pub(in crate::a)` names an ancestor, not an import.
    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}

    fn visit_macro(&mut self, call: &'ast Macro) {
        let line = call.path.span().start().line;
        if let Some(last) = call.path.segments.last() {
            self.name(vec![format!("{}!", last.ident)], line);
            if last.ident == "include" {
                self.problem(line, "`include!` hides source from this test");
            }
        }
        self.tokens(&[], call.tokens.clone(), false);
        visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        const PROSE: [&str; 8] =
            ["doc", "expect", "allow", "warn", "deny", "error", "must_use", "deprecated"];
        if PROSE.iter().any(|name| attribute.path().is_ident(name)) {
            return;
        }
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(&[], list.tokens.clone(), true);
        }
        visit::visit_attribute(self, attribute);
    }
}

/// An identifier without `r#`: `crate::r#store` is `crate::store`.
fn plain(ident: &syn::Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

fn joined(prefix: &[String], ident: &syn::Ident) -> Vec<String> {
    let mut path = prefix.to_vec();
    path.push(plain(ident));
    path
}

/// `a::b::self` imports `a::b`; a lone `self` stays.
fn without_self(path: &[String]) -> Vec<String> {
    match path {
        [rest @ .., last] if last == "self" && !rest.is_empty() => rest.to_vec(),
        _ => path.to_vec(),
    }
}

fn path_name(path: &[String]) -> Option<String> {
    without_self(path)
        .last()
        .filter(|name| !["self", "super", "crate", "_"].contains(&name.as_str()))
        .cloned()
}

fn is_colons(trees: &[TokenTree], at: usize) -> bool {
    let is_colon =
        |tree: Option<&TokenTree>| matches!(tree, Some(TokenTree::Punct(mark)) if mark.as_char() == ':');
    is_colon(trees.get(at)) && is_colon(trees.get(at + 1))
}

/// `#[test]`, `#[x::test]`, `#[cfg(test)]` and `#[cfg(all(test, ..))]`; not `any` and not `not`.
fn is_test_attribute(attribute: &Attribute) -> bool {
    let path = attribute.path();
    if path.segments.last().is_some_and(|segment| segment.ident == "test") {
        return true;
    }
    let syn::Meta::List(list) = &attribute.meta else { return false };
    path.is_ident("cfg") && {
        let mut words = Vec::new();
        collect_words(list.tokens.clone(), &mut words);
        words.iter().any(|word| word == "test") && !words.iter().any(|word| word == "any" || word == "not")
    }
}

fn collect_words(tokens: TokenStream, words: &mut Vec<String>) {
    for tree in tokens {
        match tree {
            TokenTree::Ident(ident) => words.push(ident.to_string()),
            TokenTree::Group(group) => collect_words(group.stream(), words),
            _ => {}
        }
    }
}

/// The name that an item defines in its module.
fn defines(item: &Item) -> Option<&syn::Ident> {
    match item {
        Item::Const(item) => Some(&item.ident),
        Item::Enum(item) => Some(&item.ident),
        Item::Fn(item) => Some(&item.sig.ident),
        Item::Static(item) => Some(&item.ident),
        Item::Struct(item) => Some(&item.ident),
        Item::Trait(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        Item::Union(item) => Some(&item.ident),
        _ => None,
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
