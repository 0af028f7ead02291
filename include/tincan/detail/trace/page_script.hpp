// tincan/detail/trace/page_script.hpp - the page of a trace, after its data
#pragma once

#include <string_view>

namespace tincan::inline abi0::detail {

/// What comes after the data.
inline constexpr std::string_view TracePageScript = R"(;
const [Sent, Taken, Handled, Answered, WaitBegins, WaitEnds, DeadLetter, Timer, Deadline, Closed] = Array(10).keys();
const Answer = 4, Verbs = ['', 'request ', 'invoke ', 'post ', 'answer '];
const events = trace.events.map(([time, what, verb, at, other, channel, message, call, reason]) =>
  ({ time, what, verb, at, other, channel, message, call, reason }));
const last = events.length ? events[events.length - 1].time : 0;
const find = (selector) => document.querySelector(selector);
const make = (name, attributes, ...children) => {
  const isSvg = ['svg', 'g', 'line', 'path', 'rect', 'text', 'title'].includes(name);
  const made = isSvg ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) made.setAttribute(key, value);
  made.append(...children);
  return made;
};
const nameOf = (endpoint) => trace.endpoints[endpoint] || '(no name)';
const titleOf = (event) => (Verbs[event.verb] + (trace.channels[event.channel] ?? '')).trim();
const duration = (ns) => ns < 1e3 ? ns + ' ns' : ns < 1e6 ? (ns / 1e3).toPrecision(3) + ' µs'
  : ns < 1e9 ? (ns / 1e6).toPrecision(3) + ' ms' : (ns / 1e9).toPrecision(3) + ' s';

// ---- what belongs together ----
const messages = new Map(), calls = new Map(), waits = [], deaths = events.filter((e) => e.what === DeadLetter);
for (const event of events) {
  const { what, message, call } = event;
  if (message) {
    if (!messages.has(message)) messages.set(message, {});
    const parts = messages.get(message);
    if (what === Sent) parts.sent = event;
    if (what === Taken) parts.taken = event;
    if (what === Handled) parts.handled = event;
  }
  if (!call) continue;
  if (!calls.has(call)) calls.set(call, {});
  const parts = calls.get(call);
  if (what === Sent && event.verb !== Answer) parts.asked = event;
  if (what === Answered) parts.answered = event;
  if (what === WaitBegins) waits.push(parts.wait = { begin: event, end: null });
  if (what === WaitEnds && parts.wait) parts.wait.end = parts.end = event;
  if (what === Taken && event.verb === Answer) parts.end = event;
}
const questionOf = (event) => calls.get(event.call)?.asked;

// ---- what is shown ----
const shown = { view: 'sequence', channel: '', hidden: new Set(), most: 400, chosen: null };
const isShown = (event) => {
  const about = event.channel >= 0 ? event : questionOf(event) ?? event;
  const channel = trace.channels[about.channel] ?? '';
  return !shown.hidden.has(event.at) && (event.other < 0 || !shown.hidden.has(event.other)) &&
    (!shown.channel || channel.includes(shown.channel));
};
const columns = () => trace.endpoints.map((_, i) => i).filter((i) => !shown.hidden.has(i));
const Width = 190, Left = 90, Row = 26, Top = 34;

function describe(event) {
  const { sent, taken, handled } = messages.get(event.message) ?? {};
  const parts = [duration(event.time) + ' after the beginning'];
  if (event.what === DeadLetter) parts.push('dead letter ' + event.reason + ': ' + titleOf(event));
  else if (event.what === Answered) {
    const asked = questionOf(event);
    parts.push('answer of ' + nameOf(event.at) + (asked ? ' to ' + titleOf(asked) + ', ' + duration(event.time - asked.time) + ' after it was sent' : ''));
  } else if (event.what === Taken) {
    parts.push(nameOf(event.other) + ' → ' + nameOf(event.at) + ': ' + titleOf(event));
    if (sent) parts.push('waited ' + duration(taken.time - sent.time));
    if (handled) parts.push('handled in ' + duration(handled.time - taken.time));
  }
  return parts.join(' · ');
}

function sequence() {
  const places = columns(), x = (endpoint) => Left + Width / 2 + places.indexOf(endpoint) * Width;
  const rows = events.filter((e) => isShown(e) && (e.what === Taken && e.verb !== Answer ||
    e.what === Answered && questionOf(e) || e.what === DeadLetter || e.what === Closed));
  const some = rows.slice(0, shown.most);
  const height = Top + (some.length + 1) * Row;
  const svg = make('svg', { width: Left + places.length * Width, height });
  for (const place of places) {
    svg.append(make('line', { class: 'life', x1: x(place), x2: x(place), y1: Top, y2: height }),
      make('text', { class: 'name', x: x(place), y: 20, 'text-anchor': 'middle' }, nameOf(place)));
  }
  some.forEach((event, i) => {
    const y = Top + (i + 1) * Row, kind = event.what === Answered ? 'answer' : event.what === DeadLetter ? 'dead' : '';
    const group = make('g', { class: 'event' + (event === shown.chosen ? ' chosen' : '') });
    const from = event.what === Answered ? event.at : event.other;
    const to = event.what === Answered ? questionOf(event).at : event.at;
    const label = event.what === Closed ? nameOf(event.at) + ' is closed' : event.what === Answered ? 'answer'
      : titleOf(event) + (event.what === DeadLetter ? ' ✗ ' + event.reason : '');
    group.append(make('text', { class: 'time', x: 4, y: y + 4 }, duration(event.time)));
    if (event.what === Closed) {
      group.append(make('text', { class: 'time', x: x(event.at), y: y + 4, 'text-anchor': 'middle' }, label));
    } else if (from === to) {
      group.append(make('path', { class: 'arrow ' + kind, d: `M${x(to)} ${y - 8}h24v10h-24` }),
        make('text', { class: kind, x: x(to) + 30, y: y + 2 }, label));
    } else {
      const side = x(to) > x(from) ? -1 : 1, tip = x(to);
      group.append(make('line', { class: 'arrow ' + kind, x1: x(from), x2: tip, y1: y, y2: y }),
        kind === 'dead' ? make('path', { class: 'arrow dead', d: `M${tip + side * 10 - 4} ${y - 4}l8 8m0 -8l-8 8` })
          : make('path', { class: 'head ' + kind, d: `M${tip} ${y}l${side * 8} -4v8z` }),
        make('text', { class: kind, x: (x(from) + tip) / 2, y: y - 4, 'text-anchor': 'middle' }, label));
    }
    group.onclick = () => { shown.chosen = event; draw(); };
    svg.append(group);
  });
  if (some.length === rows.length) return [svg, rows.length];
  const more = make('button', { id: 'more' }, 'Show more of ' + rows.length);
  more.onclick = () => { shown.most *= 4; draw(); };
  return [make('div', {}, svg, more), rows.length];
}

// A chart with a line for each endpoint and the time from left to right.
function chart(fill) {
  const places = columns(), tall = 44, width = Math.max(400, find('main').clientWidth - Left - 120);
  const svg = make('svg', { width: Left + width + 80, height: Top + places.length * tall + 10 });
  const at = (time) => Left + 30 + (last ? time / last : 0) * width;
  for (let i = 0; i <= 5; ++i) svg.append(make('text', { class: 'axis', x: at(last * i / 5), y: 14, 'text-anchor': 'middle' }, duration(Math.round(last * i / 5))));
  let count = 0;
  places.forEach((place, i) => {
    const y = Top + i * tall;
    svg.append(make('text', { class: 'name', x: 4, y: y + 20 }, nameOf(place)),
      make('line', { class: 'life', x1: at(0), x2: at(last), y1: y + 32, y2: y + 32 }));
    count += fill(svg, place, at, y);
  });
  return [svg, count];
}
const waitChart = () => chart((svg, place, at, y) => {
  const mine = waits.filter((w) => w.begin.at === place && isShown(w.begin));
  for (const { begin, end } of mine) {
    const until = end ? end.time : last;
    const text = `waits for ${nameOf(begin.other)}, ${trace.channels[begin.channel] ?? ''}, ${duration(until - begin.time)}`;
    svg.append(make('rect', { class: 'wait', x: at(begin.time), y: y + 8, width: Math.max(1, at(until) - at(begin.time)), height: 24 },
      make('title', {}, text)));
    if (at(until) - at(begin.time) > 80) svg.append(make('text', { x: at(begin.time) + 4, y: y + 24 }, nameOf(begin.other)));
  }
  return mine.length;
});
const queueChart = () => chart((svg, place, at, y) => {
  const steps = [];
  for (const { sent, taken } of messages.values()) {
    if (sent && taken && taken.at === place && taken.verb !== Answer && isShown(taken)) steps.push([sent.time, 1], [taken.time, -1]);
  }
  steps.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  let depth = 0, most = 0;
  for (const [, change] of steps) most = Math.max(most, depth += change);
  const high = (value) => y + 32 - (most ? value / most : 0) * 26;
  let path = `M${at(0)} ${high(0)}`;
  for (const [time, change] of steps) path += `H${at(time).toFixed(1)}V${high(depth += change).toFixed(1)}`;
  svg.append(make('path', { class: 'depth', d: path + `H${at(last)}` }), make('text', { class: 'time', x: 4, y: y + 34 }, 'at most ' + most));
  return steps.length / 2;
});
function deadTable() {
  const mine = deaths.filter(isShown);
  const table = make('table', {}, make('tr', {}, ...['time', 'reason', 'channel', 'from', 'to'].map((t) => make('th', {}, t))));
  for (const e of mine) {
    table.append(make('tr', {}, ...[duration(e.time), e.reason, trace.channels[e.channel] ?? '', nameOf(e.other), nameOf(e.at)]
      .map((t) => make('td', {}, t))));
  }
  return [table, mine.length];
}

function draw() {
  const [made, count] = { sequence, waits: waitChart, queues: queueChart, dead: deadTable }[shown.view]();
  find('main').replaceChildren(made);
  find('#count').textContent = count + ' shown, of ' + events.length + ' events' + (trace.lost ? ', ' + trace.lost + ' lost' : '');
  document.querySelectorAll('nav button').forEach((b) => b.classList.toggle('chosen', b.dataset.view === shown.view));
  find('footer').textContent = shown.chosen ? describe(shown.chosen) : 'Click an arrow.';
}
onresize = draw;
document.querySelectorAll('nav button').forEach((b) => b.onclick = () => { shown.view = b.dataset.view; draw(); });
find('#channel').oninput = (event) => { shown.channel = event.target.value; draw(); };
trace.endpoints.forEach((name, i) => {
  const box = make('input', { type: 'checkbox', checked: '' });
  box.onchange = () => { box.checked ? shown.hidden.delete(i) : shown.hidden.add(i); draw(); };
  find('#endpoints').append(make('label', {}, box, ' ' + nameOf(i)));
});
// #view, or #view,channel, chooses what is shown first.
const [view, channel] = decodeURIComponent(location.hash.slice(1)).split(',');
if (['sequence', 'waits', 'queues', 'dead'].includes(view)) shown.view = view;
if (channel) find('#channel').value = shown.channel = channel;
draw();
</script>
</html>
)";

}  // namespace tincan::inline abi0::detail
