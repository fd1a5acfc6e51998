// The text of a query: its lexical parts, its operations and their colours; and the text area it is written in.

const PARTS = new RegExp(
  [
    /(?<comment>#[^\n]*)/,
    /(?<string>"""(?:\\"""|[^])*?(?:"""|$)|"(?:\\.|[^"\\\n])*"?)/,
    /(?<mark>\.\.\.|[!$&():=@[\]{}|])/,
    /(?<name>[_A-Za-z]\w*)/,
    /(?<number>-?\d[\w.+-]*)/,
    /(?<space>[\s,\uFEFF]+)/,
    /(?<other>[^])/,
  ].map((part) => part.source).join('|'),
  'g',
);
const JSON_PARTS = /(?<key>"(?:\\.|[^"\\])*"(?=\s*:))|(?<string>"(?:\\.|[^"\\])*")|(?<number>-?\d[\d.eE+-]*)|(?<keyword>true|false|null)|(?<mark>[^\w"-]+)/g;
const KEYWORDS = new Set(['query', 'mutation', 'subscription', 'fragment', 'on', 'true', 'false', 'null']);
const PAINTED_AT_MOST = 100_000;

function* split(text, pattern) {
  for (const match of text.matchAll(pattern)) {
    const [kind] = Object.entries(match.groups).find(([, part]) => part !== undefined);
    yield { kind, text: match[0], at: match.index };
  }
}

const significant = (text) => [...split(text, PARTS)].filter(({ kind }) => kind !== 'space' && kind !== 'comment');

/** The operations of a document in their order: `{ type, name, at }`, the name null where there is none. */
export function operations(text) {
  const found = [];
  let depth = 0;
  let before = null;
  let named = null;
  for (const part of significant(text)) {
    if (named && part.kind === 'name') named.name = part.text;
    named = null;
    if (depth === 0 && (before === null || before === '}')) {
      if (part.text === '{') found.push({ type: 'query', name: null, at: part.at });
      if (['query', 'mutation', 'subscription'].includes(part.text)) {
        named = { type: part.text, name: null, at: part.at };
        found.push(named);
      }
    }
    if (part.kind === 'mark' && '{(['.includes(part.text)) depth += 1;
    if (part.kind === 'mark' && '})]'.includes(part.text)) depth -= 1;
    before = part.text;
  }
  return found;
}

function paint(target, text, pattern) {
  if (text.length > PAINTED_AT_MOST) {
    target.textContent = text;
    return;
  }
  let variable = false;
  target.replaceChildren(...Array.from(split(text, pattern), (part) => {
    if (part.kind === 'space' || part.kind === 'mark') {
      variable = part.text === '$';
      return part.text;
    }
    const span = document.createElement('span');
    span.className = variable ? 'p-variable' : `p-${KEYWORDS.has(part.text) ? 'keyword' : part.kind}`;
    span.textContent = part.text;
    variable = false;
    return span;
  }));
}

/** Shows text as coloured JSON; what is no JSON is shown all the same. */
export const paintJson = (target, text) => paint(target, text, JSON_PARTS);

/** Replaces the selection in a way that the person can undo. */
function insert(area, text) {
  if (document.execCommand?.(text === '' ? 'delete' : 'insertText', false, text)) return;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end');
  area.dispatchEvent(new Event('input', { bubbles: true }));
}

function indent(area, outwards) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  if (start === end && !outwards) return insert(area, '  ');
  const from = value.lastIndexOf('\n', start - 1) + 1;
  const lines = value.slice(from, end).split('\n');
  const moved = lines.map((line) => (outwards ? line.replace(/^ {1,2}/, '') : `  ${line}`)).join('\n');
  if (moved === lines.join('\n')) return;
  area.setSelectionRange(from, end);
  insert(area, moved);
  if (start !== end) area.setSelectionRange(from, from + moved.length);
  else area.setSelectionRange(Math.max(from, end - (lines[0].length - moved.length)), from + moved.length);
}

function newLine(area) {
  const { selectionStart: at, value } = area;
  const line = value.slice(value.lastIndexOf('\n', at - 1) + 1, at);
  const lead = line.match(/^\s*/)[0];
  if (!/[{([]\s*$/.test(line)) return insert(area, `\n${lead}`);
  const closed = /^[})\]]/.test(value.slice(area.selectionEnd));
  insert(area, `\n${lead}  ${closed ? `\n${lead}` : ''}`);
  if (closed) area.setSelectionRange(at + lead.length + 3, at + lead.length + 3);
}

/**
 * Makes a text area pleasant to write code in. Tab indents only once the person has typed or clicked there, and
 * not after Escape, so that the keyboard alone always leads past it.
 */
export function codeArea(area) {
  let typing = false;
  area.addEventListener('focus', () => { typing = false; });
  area.addEventListener('click', () => { typing = true; });
  area.addEventListener('input', () => { typing = true; });
  area.addEventListener('keydown', (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') typing = false;
    else if (event.key === 'Tab' && typing) {
      event.preventDefault();
      indent(area, event.shiftKey);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      newLine(area);
    }
  });
}

/** Keeps the coloured copy and the line numbers behind a query's text area in step with it. */
export function queryLayers(area, code, numbers) {
  let wrong = new Set();
  const follow = () => {
    code.style.transform = `translate(${-area.scrollLeft}px, ${-area.scrollTop}px)`;
    numbers.style.transform = `translateY(${-area.scrollTop}px)`;
  };
  const draw = () => {
    paint(code, `${area.value}\n`, PARTS);
    numbers.replaceChildren(...area.value.split('\n').map((_, index) => {
      const number = document.createElement('span');
      number.textContent = `${index + 1}\n`;
      number.classList.toggle('wrong', wrong.has(index + 1));
      return number;
    }));
    follow();
  };
  area.addEventListener('input', () => { wrong = new Set(); draw(); });
  area.addEventListener('scroll', follow);
  return { draw, mark(lines) { wrong = new Set(lines); draw(); } };
}
