// The documentation panel: reads the schema once, when it is first opened, and leads through it by search and by type.

const TYPE = 'kind name ofType { kind name ofType { kind name ofType { kind name } } }';
const INPUT = `name description defaultValue isDeprecated deprecationReason type { ${TYPE} }`;
const INTROSPECTION = `query Documentation { __schema {
  queryType { name } mutationType { name } subscriptionType { name }
  types {
    kind name description
    fields(includeDeprecated: true) {
      name description isDeprecated deprecationReason type { ${TYPE} } args(includeDeprecated: true) { ${INPUT} }
    }
    inputFields(includeDeprecated: true) { ${INPUT} }
    enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    interfaces { name } possibleTypes { name }
  }
} }`;
const KINDS = {
  OBJECT: 'Object', INTERFACE: 'Interface', UNION: 'Union', ENUM: 'Enum', INPUT_OBJECT: 'Input object', SCALAR: 'Scalar',
};
const SHOWN_AT_MOST = 50;

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** Wires the panel; `ask(query)` resolves to the answer's `data` or rejects with a message for the person. */
export function documentation({ search, status, path, body, ask }) {
  let types = null;
  let roots = [];
  let entries = [];
  let trail = [];

  function link(name, text = name) {
    const button = make('button', 'link', text);
    button.type = 'button';
    button.addEventListener('click', () => open(name));
    return button;
  }

  function signature(type) {
    if (type.kind === 'NON_NULL') return [...signature(type.ofType), '!'];
    if (type.kind === 'LIST') return ['[', ...signature(type.ofType), ']'];
    return [link(type.name)];
  }

  function about(item) {
    const lines = [];
    if (item.isDeprecated) lines.push(make('p', 'deprecated', `Deprecated: ${item.deprecationReason || 'no longer supported'}`));
    if (item.description) lines.push(make('p', 'description', item.description));
    return lines;
  }

  function member(item) {
    const head = make('p', 'signature', make('strong', '', item.name));
    if (item.type) head.append(': ', ...signature(item.type));
    if (item.defaultValue) head.append(` = ${item.defaultValue}`);
    const entry = make('li', '', head, ...about(item));
    entry.dataset.name = item.name;
    if (item.args?.length) entry.append(make('ul', 'arguments', ...item.args.map(member)));
    return entry;
  }

  function group(title, items) {
    return items?.length ? [make('h4', '', title), make('ul', 'members', ...items)] : [];
  }

  function show(title, ...content) {
    const heading = make('h3', '', title);
    heading.tabIndex = -1;
    body.replaceChildren(heading, ...content);
    body.scrollTop = 0;
    path.replaceChildren();
    if (trail.length) {
      const all = make('button', 'link', 'All types');
      all.type = 'button';
      all.addEventListener('click', () => { trail = []; overview().focus(); });
      path.append(all, ...trail.slice(-4, -1).flatMap((name) => [' › ', link(name)]), ' › ', trail.at(-1));
    }
    return heading;
  }

  function overview() {
    const listed = [...types.values()].filter(({ name }) => !name.startsWith('__') && !roots.includes(name));
    const of = (kind) => listed.filter((type) => type.kind === kind).map(({ name }) => make('li', '', link(name)));
    return show(
      'Start here',
      make('ul', 'members', ...roots.map((name) => make('li', '', link(name), ...about(types.get(name))))),
      ...Object.entries(KINDS).flatMap(([kind, title]) => group(`${title} types`, of(kind))),
    );
  }

  function open(name, memberName) {
    const type = types.get(name);
    if (!type) return;
    const known = trail.indexOf(name);
    trail = known < 0 ? [...trail, name] : trail.slice(0, known + 1);
    search.value = '';
    status.textContent = '';
    const names = (list) => list?.map((other) => make('li', '', link(other.name)));
    const heading = show(
      name,
      make('p', 'hint', KINDS[type.kind]),
      ...about(type),
      ...group('Implements', names(type.interfaces)),
      ...group(type.kind === 'INTERFACE' ? 'Implemented by' : 'One of', names(type.possibleTypes)),
      ...group('Fields', (type.fields ?? type.inputFields)?.map(member)),
      ...group('Values', type.enumValues?.map(member)),
    );
    const found = memberName && body.querySelector(`:scope > .members > [data-name="${CSS.escape(memberName)}"]`);
    if (found) {
      found.classList.add('found');
      found.scrollIntoView({ block: 'nearest' });
    }
    heading.focus({ preventScroll: Boolean(found) });
  }

  function index() {
    const add = (label, type, item, memberName) => entries.push({
      label, type, memberName, name: item.name.toLowerCase(), text: `${label} ${item.description ?? ''}`.toLowerCase(),
      description: item.description,
    });
    for (const type of types.values()) {
      if (type.name.startsWith('__')) continue;
      add(type.name, type.name, type);
      for (const item of [...(type.fields ?? []), ...(type.inputFields ?? []), ...(type.enumValues ?? [])]) {
        add(`${type.name}.${item.name}`, type.name, item, item.name);
        for (const arg of item.args ?? []) add(`${type.name}.${item.name}(${arg.name}:)`, type.name, arg, item.name);
      }
    }
  }

  function find() {
    const wanted = search.value.trim().toLowerCase();
    if (!types) return;
    if (!wanted) {
      status.textContent = '';
      overview();
      return;
    }
    const words = wanted.split(/\s+/);
    const rank = ({ name, label, memberName }) => {
      if (name === wanted) return memberName ? 1 : 0;
      return name.startsWith(wanted) ? 2 : label.toLowerCase().includes(wanted) ? 3 : 4;
    };
    const found = entries.filter(({ text }) => words.every((word) => text.includes(word)));
    found.sort((one, other) => rank(one) - rank(other));
    status.textContent = found.length > SHOWN_AT_MOST ? `${found.length} found, the first ${SHOWN_AT_MOST} shown` : `${found.length} found`;
    trail = [];
    show('Found', make('ul', 'members', ...found.slice(0, SHOWN_AT_MOST).map((entry) => {
      const button = make('button', 'link', entry.label);
      button.type = 'button';
      button.addEventListener('click', () => open(entry.type, entry.memberName));
      return make('li', '', button, ...(entry.description ? [make('p', 'description clipped', entry.description)] : []));
    })));
  }

  search.addEventListener('input', find);
  return {
    /** Reads the schema unless it has been read. */
    async load() {
      if (types) return;
      status.textContent = 'Reading the schema…';
      try {
        const { __schema: schema } = await ask(INTROSPECTION);
        types = new Map(schema.types.toSorted((one, other) => (one.name < other.name ? -1 : 1)).map((type) => [type.name, type]));
        roots = [schema.queryType, schema.mutationType, schema.subscriptionType].filter(Boolean).map(({ name }) => name);
        index();
        find();
      } catch (problem) {
        types = null;
        status.textContent = `The schema could not be read: ${problem.message}`;
      }
    },
  };
}
