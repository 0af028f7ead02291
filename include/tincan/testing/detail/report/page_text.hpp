// tincan/testing/detail/report/page_text.hpp - what all pages of runs have in common
#pragma once

#include <string_view>

namespace tincan::inline abi0::testing::detail {

/// What comes before the data of a run, which are JSON.
inline constexpr std::string_view PageHead = R"(<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>A run that failed</title>
<style>
  body { margin: 0; display: flex; height: 100vh; font: 14px/1.4 system-ui, sans-serif; color: #222; }
  main { flex: 1; overflow: auto; padding: 0 1em 1em; }
  aside { width: 22em; overflow: auto; padding: 1em; background: #f4f4f2; border-left: 1px solid #ccc; }
  h1 { font-size: 1.1em; color: #a00; margin: 1em 0; white-space: pre-wrap; }
  h2 { font-size: 1em; margin: 1.2em 0 .4em; }
  table { border-collapse: collapse; }
  #run th { position: sticky; top: 0; background: #fff; padding: .4em .8em; border-bottom: 2px solid #888; z-index: 1; }
  #run td { padding: .25em .8em; min-width: 7em; border-left: 1px dashed #ccc; white-space: nowrap; }
  #run td:first-child { min-width: 2em; border: 0; color: #888; text-align: right; }
  #run tr { cursor: pointer; }
  #run tr:hover td { background-color: #f0f4ff; }
  #run tr.chosen td { background-color: #dce8ff; }
  #run td.to { background: #eef7ee; font-weight: 600; }
  #run td.left { text-align: right; }
  #run td.from, #run td.way { color: #357; text-align: center; --line: linear-gradient(#9ab, #9ab); }
  #run td.way { background: var(--line) center / 100% 1px no-repeat; }
  #run td.from.right { background: var(--line) right / 50% 1px no-repeat; }
  #run td.from.left { background: var(--line) left / 50% 1px no-repeat; text-align: center; }
  #run tr.note td { color: #a00; font-style: italic; }
  #run tr.watch td { color: #06604a; }
  aside td { padding: .15em 1em .15em 0; vertical-align: top; word-break: break-word; }
  aside tr.new td { font-weight: 600; color: #06604a; }
  code { word-break: break-all; background: #e8e8e4; padding: 0 .3em; }
  pre { white-space: pre-wrap; word-break: break-word; margin: 0; }
  p { color: #666; }
</style>
<main><h1></h1><table id="run"><thead><tr></tr></thead><tbody></tbody></table></main>
<aside>
  <h2>Step</h2><pre id="step"></pre>
  <h2>Watched values after it</h2><table id="watches"></table>
  <h2>This run alone</h2><code id="token"></code>
  <p>Click a step, or go on with the arrow keys.</p>
</aside>
<script>
const run = )";

/// What comes after them.
inline constexpr std::string_view PageTail = R"(;
const element = (name, text, kind) => {
  const made = document.createElement(name);
  made.textContent = text ?? '';
  if (kind) made.className = kind;
  return made;
};
const find = (selector) => document.querySelector(selector);
const nameOf = (endpoint) => endpoint || '(nobody)';
const columns = [];
for (const step of run.steps) {
  for (const end of [step.from, step.to, step.at || undefined]) {
    if (end !== undefined && !columns.includes(end)) columns.push(end);
  }
}
find('h1').textContent = document.title = run.title;
find('#token').textContent = "TINCAN_SIM_REPLAY='" + run.token + "'";
find('#run thead tr').append(element('th', '#'), ...columns.map((name) => element('th', nameOf(name))));

const messageOf = (step) => step.channel + (step.text ? ' ' + step.text : '');
const cellsOf = (step) => {
  if (step.to === undefined) {
    const text = step.watch === undefined ? '! ' + step.note : step.watch + ' = ' + step.value;
    if (step.at) return columns.map((name) => element('td', name === step.at ? text : ''));
    const across = element('td', text);
    across.colSpan = columns.length || 1;
    return [across];
  }
  const from = columns.indexOf(step.from), to = columns.indexOf(step.to);
  return columns.map((_, i) => {
    const way = from < to ? 'right' : from > to ? 'left' : '';
    const arrow = { right: '→ ' + messageOf(step), left: messageOf(step) + ' ←' };
    if (i === to) return element('td', arrow[way] ?? '↻ ' + messageOf(step), 'to ' + way);
    if (i === from) return element('td', '●', 'from ' + way);
    const isBetween = i > Math.min(from, to) && i < Math.max(from, to);
    return element('td', '', isBetween ? 'way' : '');
  });
};
const rows = run.steps.map((step, i) => {
  const kind = step.to !== undefined ? '' : step.watch === undefined ? 'note' : 'watch';
  const row = element('tr', '', kind);
  row.append(element('td', step.number ?? ''), ...cellsOf(step));
  row.onclick = () => choose(i);
  return row;
});
find('#run tbody').append(...rows);

// A message and the changes that come with it are one step.
const endOf = (at) => {
  while (at + 1 < run.steps.length && run.steps[at + 1].watch !== undefined) ++at;
  return at;
};
const describe = (step) => {
  if (step.watch !== undefined) return step.watch + ' = ' + step.value;
  if (step.note !== undefined) return (step.at ? step.at + ': ' : '') + step.note;
  return nameOf(step.from) + ' → ' + nameOf(step.to) + '\n' + messageOf(step);
};
let chosen = -1;
function choose(at) {
  if (at < 0 || at >= rows.length) return;
  rows[chosen]?.classList.remove('chosen');
  chosen = at;
  rows[at].classList.add('chosen');
  rows[at].scrollIntoView({ block: 'nearest' });
  find('#step').textContent = describe(run.steps[at]);
  const values = new Map(), last = endOf(at);
  run.steps.forEach((step, i) => {
    if (step.watch === undefined) return;
    if (!values.has(step.watch)) values.set(step.watch, { value: 'as at the beginning', isNew: false });
    if (i <= last) values.set(step.watch, { value: step.value, isNew: i >= at });
  });
  find('#watches').replaceChildren(...[...values].map(([name, { value, isNew }]) => {
    const row = element('tr', '', isNew ? 'new' : '');
    row.append(element('td', name), element('td', value));
    return row;
  }));
  history.replaceState(null, '', '#' + (at + 1));
}
onkeydown = (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by) { event.preventDefault(); choose(chosen + by); }
};
choose(Math.min(rows.length, Number(location.hash.slice(1)) || rows.length) - 1);
</script>
</html>
)";

}  // namespace tincan::inline abi0::testing::detail
