/** The report's own script. It makes elements and text, and never parses markup: a name is a name, whatever it looks like. */
export const script = `
'use strict';
(() => {
const data = JSON.parse(document.getElementById('data').textContent);
const { people, files, problems } = data;

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ''));
  return element;
}
const name = (text) => make('bdi', null, text);
/** A path, which may be broken after each of its folders. */
const place = (path) => make('bdi', null, path.split(/(?<=\\/)/).flatMap((part) => [part, make('wbr')]).slice(0, -1));
const day = (date) => date.slice(0, 10);
const plural = (n, noun, many) => n + ' ' + (n === 1 ? noun : many || noun + 's');
const by = (list, key) => {
  const map = new Map();
  for (const item of list) if (item[key] !== null) map.set(item[key], [...(map.get(item[key]) || []), item]);
  return map;
};
const ofFile = by(problems, 'path');
const ofPerson = by(problems, 'person');
const worst = (list) => (list.some((p) => p.severity === 'bad') ? 'bad' : 'warn');

const words = {
  reads: 'reads it with every key',
  partly: 'reads it, but not with every key',
  lacks: 'may read it, and cannot yet',
  surplus: 'can read it, and may not',
  none: 'does not read it',
};
const dots = {};
for (const [reach, text] of Object.entries(words)) dots[reach] = make('span', { class: 'dot ' + reach, role: 'img', 'aria-label': text });
const dot = (reach) => dots[reach].cloneNode();

function header() {
  const commit = data.commit ? ['commit ', make('code', null, data.commit.id.slice(0, 12)), ' of ' + day(data.commit.date)] : ['no commit yet'];
  return make('header', null,
    make('h1', null, 'Who can read what: ', name(data.title)),
    make('p', { class: 'soft' }, 'vault ', make('code', null, data.vault.slice(0, 16)), ' · made ',
      make('time', { datetime: data.generated }, data.generated.slice(0, 16).replace('T', ' ') + ' UTC'), ' from the work tree at ', ...commit),
    make('p', { class: 'soft' }, 'Told by the headers of the sealed files, not by what the roster says should be: what is shown is what is. ' +
      'It holds for the files as they are; who has read earlier versions in the repository’s history has read them.'));
}

function facts() {
  const bad = problems.filter((p) => p.severity === 'bad').length;
  const { departures, open } = data.rotation;
  const fact = (label, value, alert) => make('div', { class: alert ? 'alert ' + alert : '' }, make('dt', null, label), make('dd', null, String(value)));
  const stale = files.filter((f) => f.unknown.length > 0 || f.reach.some((r) => r === 'lacks' || r === 'surplus')).length;
  return make('dl', { class: 'facts' },
    fact('people', people.length),
    fact('keys', people.reduce((sum, p) => sum + p.keys.length, 0)),
    fact('files', files.length),
    fact('stale files', stale, stale > 0 && 'bad'),
    fact('unknown keys', new Set(files.flatMap((f) => f.unknown)).size, files.some((f) => f.unknown.length > 0) && 'bad'),
    open === null
      ? fact('departures to review', departures, departures > 0 && 'warn')
      : fact('values to change', open.reduce((sum, o) => sum + o.count, 0), open.length > 0 && 'warn'),
    fact('problems', problems.length, problems.length > 0 && (bad > 0 ? 'bad' : 'warn')));
}

function problemList() {
  if (problems.length === 0) return make('p', { class: 'soft' }, 'Every file is sealed for exactly those whom the roster says, and every key can be used.');
  const items = problems.map((p) => make('li', null, p.path === null ? [name(p.person), ', key ', make('code', null, p.key)] : place(p.path), ': ', make('span', { class: p.severity }, name(p.text))));
  return make('details', { open: items.length <= 15 }, make('summary', null, plural(items.length, 'problem')), make('ul', { class: 'problems' }, items));
}

const box = (label, id) => make('label', null, label, make('input', { type: 'search', id, autocomplete: 'off', spellcheck: 'false' }));
const fileBox = box('Files', 'files');
const personBox = box('People', 'people');
const onlyBox = make('label', { class: 'check' }, make('input', { type: 'checkbox', id: 'problems' }), 'only problems');
const shown = make('output', { class: 'count', for: 'files people problems', 'aria-live': 'polite' });
const inputs = { files: fileBox.lastChild, people: personBox.lastChild, problems: onlyBox.firstChild };
const matrix = make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'People and files' });
const roster = make('div', { class: 'scroll free', tabindex: '0', role: 'region', 'aria-label': 'People and keys' });

function legend() {
  return make('ul', { class: 'legend' }, Object.keys(words).map((reach) => make('li', null, dot(reach), words[reach])));
}

/** Every word has to be found, in any case. */
function matcher(query) {
  const terms = query.toLowerCase().split(/\\s+/).filter(Boolean);
  return (text) => terms.every((term) => text.includes(term));
}
const personText = people.map((p) => [p.name, p.role, ...p.groups, ...p.keys.flatMap((k) => [k.kind, k.fingerprint, k.comment])].join('\\n').toLowerCase());
const fileText = files.map((f) => [f.path, ...f.groups, ...f.unknown].join('\\n').toLowerCase());

function row(file, columns) {
  const about = ofFile.get(file.path) || [];
  const notes = about.map((p) => make('small', { class: p.severity }, name(p.text)));
  const more = [file.groups.length > 0 && 'for ' + file.groups.join(', '), file.signedBy !== null && 'signed by ' + file.signedBy].filter(Boolean);
  const cells = columns.map((i) => {
    const cell = make('td', { title: people[i].name + ' ' + words[file.reach[i]] });
    cell.append(dot(file.reach[i]));
    return cell;
  });
  return make('tr', null, make('th', { scope: 'row' }, place(file.path), more.map((text) => make('small', { class: 'soft' }, name(text))), notes), cells);
}

function drawMatrix(rows, columns) {
  if (rows.length === 0 || columns.length === 0) return matrix.replaceChildren(make('p', { class: 'empty' }, 'Nothing fits.'));
  const heads = columns.map((i) => {
    const about = ofPerson.get(people[i].name);
    return make('th', { scope: 'col', title: people[i].name, class: about ? worst(about) : null }, name(people[i].name));
  });
  const groups = make('colgroup', null, make('col'), columns.map(() => make('col')));
  const table = make('table', { class: 'matrix' }, groups, make('thead', null, make('tr', null, make('th', { scope: 'col' }, 'file'), heads)),
    make('tbody', null, rows.map((i) => row(files[i], columns))));
  let hot = 0;
  table.addEventListener('pointerover', (event) => {
    const cell = event.target.closest('td');
    const now = cell ? cell.cellIndex : 0;
    if (now === hot) return;
    for (const [index, on] of [[hot, false], [now, true]]) {
      if (index === 0) continue;
      groups.children[index].classList.toggle('hot', on);
      heads[index - 1].classList.toggle('hot', on);
    }
    hot = now;
  });
  matrix.replaceChildren(table);
}

function keyCells(key) {
  const fingerprint = make('td', { class: 'fingerprint' }, make('code', null, key.fingerprint), key.comment ? make('div', { class: 'soft' }, name(key.comment)) : null);
  const problem = problems.find((p) => p.key === key.fingerprint);
  const end = problem ? make('span', { class: problem.severity }, name(problem.text)) : key.expires === null ? '' : day(key.expires);
  return [make('td', { class: 'short' }, key.kind), fingerprint, make('td', { class: 'ends' }, end)];
}

function drawRoster(indexes) {
  if (indexes.length === 0) return roster.replaceChildren(make('p', { class: 'empty' }, 'Nobody fits.'));
  const signed = people.some((p) => p.signedBy !== null);
  const heads = ['name', 'role', 'groups', ...(signed ? ['let in by'] : []), 'reads', 'kind of key', 'fingerprint', 'ends'];
  const rows = indexes.flatMap((i) => {
    const person = people[i];
    const reads = files.filter((f) => ['reads', 'partly', 'surplus'].includes(f.reach[i])).length;
    const about = ofPerson.get(person.name);
    const span = { rowspan: Math.max(1, person.keys.length) };
    const own = [make('th', { scope: 'row', ...span }, make('span', { class: about ? worst(about) : null }, name(person.name))),
      make('td', { class: 'short', ...span }, person.role), make('td', span, name(person.groups.join(', '))),
      signed ? make('td', span, name(person.signedBy || '')) : null,
      make('td', { class: 'short number', ...span }, reads + ' of ' + files.length)];
    return person.keys.map((key, n) => make('tr', null, n === 0 ? own : [], keyCells(key)));
  });
  roster.replaceChildren(make('table', { class: 'people' }, make('thead', null, make('tr', null, heads.map((h) => make('th', { scope: 'col' }, h)))), make('tbody', null, rows)));
}

function draw() {
  const only = inputs.problems.checked;
  const fits = { file: matcher(inputs.files.value), person: matcher(inputs.people.value) };
  const rows = files.flatMap((f, i) => (fits.file(fileText[i]) && (!only || ofFile.has(f.path)) ? [i] : []));
  const columns = people.flatMap((_, i) => (fits.person(personText[i]) ? [i] : []));
  drawMatrix(rows, columns);
  drawRoster(columns.filter((i) => !only || ofPerson.has(people[i].name)));
  shown.value = rows.length + ' of ' + plural(files.length, 'file') + ', ' + columns.length + ' of ' + plural(people.length, 'person', 'people');
}

/** What is typed goes behind the # of the address, so that a view can be passed on. */
function remember() {
  const view = new URLSearchParams();
  for (const id of ['files', 'people']) if (inputs[id].value !== '') view.set(id, inputs[id].value);
  if (inputs.problems.checked) view.set('problems', '');
  try { history.replaceState(null, '', '#' + view); } catch { /* Some viewers forbid it: then the address stays as it is. */ }
}

function recall() {
  const view = new URLSearchParams(location.hash.slice(1));
  for (const id of ['files', 'people']) inputs[id].value = view.get(id) || '';
  inputs.problems.checked = view.has('problems');
  draw();
}

let waiting = 0;
for (const input of Object.values(inputs)) {
  input.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { draw(); remember(); }, 120);
  });
}
addEventListener('hashchange', recall);
// What is folded away would be missing on paper.
addEventListener('beforeprint', () => { for (const folded of document.querySelectorAll('details')) folded.open = true; });
document.querySelector('noscript').remove();
document.body.append(header(), make('main', null, facts(), problemList(),
  make('h2', null, 'Files and their readers'), make('div', { class: 'controls', role: 'search' }, fileBox, personBox, onlyBox, shown), legend(), matrix,
  make('h2', null, 'People and their keys'), roster));
recall();
})();
`;
