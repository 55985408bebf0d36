//! The structure of a YAML text with the position of every node, which value parsers discard. Aliases are not expanded
//! here, so that a document with unbounded expansion is rejected beforehand.

use std::{collections::HashMap, ops::Range};

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, Tag};

/// Maximum number of nodes of a document once its aliases are expanded.
pub(super) const MAX_NODES: usize = 100_000;
/// Maximum nesting.
const MAX_DEPTH: usize = 64;

/// Index of a node in the arena.
pub(super) type NodeId = usize;

/// Kind of a node.
#[derive(Debug, Clone)]
pub(super) enum NodeKind {
    /// Text; `plain` if written without quotes, so that it may be a number.
    Scalar { text: String, plain: bool },
    /// A list.
    List(Vec<NodeId>),
    /// Keys and values in order, including duplicates.
    Map(Vec<(NodeId, NodeId)>),
    /// A reference to an anchored node.
    Alias(NodeId),
}

/// A node with its position.
#[derive(Debug, Clone)]
pub(super) struct YamlNode {
    /// What it is.
    pub(super) kind: NodeKind,
    /// Byte range in the text.
    pub(super) span: Range<usize>,
}

/// A fault of the YAML itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SyntaxFault {
    /// Byte range in the text.
    pub(super) span: Range<usize>,
    /// What is wrong.
    pub(super) message: String,
    /// Advice for the user.
    pub(super) suggestion: Option<String>,
}

impl SyntaxFault {
    /// A fault at a byte range.
    pub(super) fn new(span: Range<usize>, message: impl Into<String>, suggestion: impl Into<String>) -> Self {
        Self { span, message: message.into(), suggestion: Some(suggestion.into()) }
    }
}

/// The nodes of one document.
#[derive(Debug, Clone, Default)]
pub(super) struct Tree {
    nodes: Vec<YamlNode>,
    root: Option<NodeId>,
}

impl Tree {
    /// Parses the structure of a text.
    ///
    /// # Errors
    /// The first fault that makes the rest meaningless: syntax, a second document, unbounded expansion.
    pub(super) fn parse(text: &str) -> Result<Self, SyntaxFault> {
        TreeBuilder::new(text).build()
    }

    /// The root node of the document; `None` for an empty text.
    pub(super) fn root(&self) -> Option<NodeId> {
        self.root
    }

    /// A node, without following aliases.
    pub(super) fn node(&self, id: NodeId) -> &YamlNode {
        &self.nodes[id]
    }

    /// A node, following aliases.
    pub(super) fn target(&self, mut id: NodeId) -> NodeId {
        while let NodeKind::Alias(to) = self.nodes[id].kind {
            id = to;
        }
        id
    }

    /// The key and the value of an entry, searched in merged mappings if the mapping itself lacks it.
    pub(super) fn entry(&self, mapping: NodeId, key: &str) -> Option<(NodeId, NodeId)> {
        let NodeKind::Map(pairs) = &self.nodes[self.target(mapping)].kind else { return None };
        let own = pairs.iter().copied().find(|(k, _)| self.key_text(*k) == Some(key));
        own.or_else(|| {
            let (_, merged) = pairs.iter().find(|(k, _)| self.key_text(*k) == Some(MERGE))?;
            match &self.nodes[self.target(*merged)].kind {
                NodeKind::List(sources) => sources.iter().find_map(|source| self.entry(*source, key)),
                _ => self.entry(*merged, key),
            }
        })
    }

    /// An item of a list.
    pub(super) fn item(&self, list: NodeId, index: usize) -> Option<NodeId> {
        match &self.nodes[self.target(list)].kind {
            NodeKind::List(items) => items.get(index).copied(),
            _ => None,
        }
    }

    /// Every scalar value that is not a key: the field it belongs to, its text, its byte range.
    pub(super) fn scalars(&self) -> impl Iterator<Item = (Option<&str>, &str, Range<usize>)> {
        self.nodes.iter().flat_map(|node| match &node.kind {
            NodeKind::Map(pairs) => {
                pairs.iter().flat_map(|(k, v)| self.scalars_of(self.key_text(*k), *v)).collect()
            }
            _ => Vec::new(),
        })
    }

    fn scalars_of<'s>(
        &'s self,
        field: Option<&'s str>,
        id: NodeId,
    ) -> Vec<(Option<&'s str>, &'s str, Range<usize>)> {
        let node = &self.nodes[id];
        match &node.kind {
            NodeKind::Scalar { text, .. } => vec![(field, text.as_str(), node.span.clone())],
            NodeKind::List(items) => items.iter().flat_map(|item| self.scalars_of(field, *item)).collect(),
            NodeKind::Map(_) | NodeKind::Alias(_) => Vec::new(),
        }
    }

    /// The text of a scalar key.
    pub(super) fn key_text(&self, id: NodeId) -> Option<&str> {
        match &self.nodes[self.target(id)].kind {
            NodeKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }
}

/// A list or mapping that is still open.
struct Frame {
    id: NodeId,
    children: Vec<NodeId>,
    size: usize,
    anchor: usize,
}

struct TreeBuilder<'t> {
    text: &'t str,
    /// Byte offset of every character, then the length, because the parser counts characters.
    bytes: Vec<usize>,
    tree: Tree,
    stack: Vec<Frame>,
    /// Closed anchors: node and expanded size.
    anchors: HashMap<usize, (NodeId, usize)>,
    documents: usize,
}

impl<'t> TreeBuilder<'t> {
    fn new(text: &'t str) -> Self {
        let bytes = text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect();
        let (tree, stack, anchors) = (Tree::default(), Vec::new(), HashMap::new());
        Self { text, bytes, tree, stack, anchors, documents: 0 }
    }

    fn byte(&self, mark: Marker) -> usize {
        self.bytes.get(mark.index()).copied().unwrap_or(self.text.len())
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.byte(span.start);
        start..self.byte(span.end).max(start)
    }

    fn build(mut self) -> Result<Tree, SyntaxFault> {
        let mut parser = Parser::new_from_str(self.text);
        while let Some(event) = parser.next_event() {
            match event {
                Ok((event, span)) => self.take(event, self.range(span))?,
                Err(error) => return Err(self.syntax(*error.marker(), error.info())),
            }
        }
        Ok(self.tree)
    }

    fn syntax(&self, mark: Marker, info: &str) -> SyntaxFault {
        let at = self.byte(mark);
        let line_start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.text[line_start..].lines().next().unwrap_or_default();
        let indent = &line[..line.len() - line.trim_start().len()];
        let advice = if indent.contains('\t') {
            "YAML is indented with spaces; replace the tabs"
        } else if line.contains("${") {
            "inside `{…}` and `[…]` a reference needs quotes: \"${NAME}\""
        } else {
            "check indentation, quotes and brackets here and on the line before"
        };
        SyntaxFault::new(at..at, format!("not valid YAML: {info}"), advice)
    }

    fn take(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), SyntaxFault> {
        match event {
            Event::DocumentStart(_) => self.open_document(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::Scalar(text, style, anchor, tag) => {
                let plain = Self::check_tag(tag.as_deref(), &span)? && style == ScalarStyle::Plain;
                let id = self.push(NodeKind::Scalar { text: text.into_owned(), plain }, span.clone());
                self.close(id, 1, anchor, &span)
            }
            Event::SequenceStart(anchor, tag) => {
                self.open(NodeKind::List(Vec::new()), anchor, tag.as_deref(), span)
            }
            Event::MappingStart(anchor, tag) => {
                self.open(NodeKind::Map(Vec::new()), anchor, tag.as_deref(), span)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(&span),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn open_document(&mut self, span: Range<usize>) -> Result<(), SyntaxFault> {
        self.documents += 1;
        if self.documents > 1 {
            return Err(SyntaxFault::new(
                span,
                "a second YAML document starts here",
                "one file holds one document",
            ));
        }
        Ok(())
    }

    /// True if the scalar's type is decided by its text, false for `!!str`.
    fn check_tag(tag: Option<&Tag>, span: &Range<usize>) -> Result<bool, SyntaxFault> {
        match tag {
            None => Ok(true),
            Some(tag) if tag.is_yaml_core_schema() && tag.suffix == "str" => Ok(false),
            Some(_) => Err(SyntaxFault::new(
                span.clone(),
                "YAML tags are not used here",
                "write the value without `!`",
            )),
        }
    }

    fn push(&mut self, kind: NodeKind, span: Range<usize>) -> NodeId {
        self.tree.nodes.push(YamlNode { kind, span });
        self.tree.nodes.len() - 1
    }

    fn alias(&mut self, anchor: usize, span: Range<usize>) -> Result<(), SyntaxFault> {
        let Some(&(target, size)) = self.anchors.get(&anchor) else {
            let advice = "an alias can only name an anchor that is complete";
            return Err(SyntaxFault::new(span, "this alias stands inside the node it names", advice));
        };
        let id = self.push(NodeKind::Alias(target), span.clone());
        self.close(id, size, 0, &span)
    }

    fn open(
        &mut self,
        kind: NodeKind,
        anchor: usize,
        tag: Option<&Tag>,
        span: Range<usize>,
    ) -> Result<(), SyntaxFault> {
        if tag.is_some() {
            return Err(SyntaxFault::new(span, "YAML tags are not used here", "write the value without `!`"));
        }
        if self.stack.len() >= MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels");
            return Err(SyntaxFault::new(span, message, "an experiment needs a handful of levels"));
        }
        let id = self.push(kind, span);
        self.stack.push(Frame { id, children: Vec::new(), size: 1, anchor });
        Ok(())
    }

    fn end(&mut self, span: &Range<usize>) -> Result<(), SyntaxFault> {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        match &mut self.tree.nodes[frame.id].kind {
            NodeKind::List(items) => *items = frame.children,
            NodeKind::Map(pairs) => {
                *pairs = frame.children.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
            }
            NodeKind::Scalar { .. } | NodeKind::Alias(_) => {}
        }
        self.close(frame.id, frame.size, frame.anchor, span)
    }

    /// Adds a complete node to its parent, and checks the parent's size after expansion.
    fn close(
        &mut self,
        id: NodeId,
        size: usize,
        anchor: usize,
        span: &Range<usize>,
    ) -> Result<(), SyntaxFault> {
        if anchor != 0 {
            self.anchors.insert(anchor, (id, size));
        }
        let Some(parent) = self.stack.last_mut() else {
            self.tree.root = Some(id);
            return Ok(());
        };
        parent.children.push(id);
        parent.size = parent.size.saturating_add(size);
        if parent.size > MAX_NODES {
            let message =
                format!("the document has more than {MAX_NODES} nodes once its aliases are expanded");
            return Err(SyntaxFault::new(
                span.clone(),
                message,
                "write the values out; aliases of aliases multiply",
            ));
        }
        Ok(())
    }
}

/// The key that merges another mapping into this one.
pub(super) const MERGE: &str = "<<";

/// Largest number of problems reported for one file; beyond it the file is probably not the one the user meant.
pub(super) const MAX_PROBLEMS: usize = 200;
