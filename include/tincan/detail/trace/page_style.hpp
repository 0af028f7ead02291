// tincan/detail/trace/page_style.hpp - the page of a trace, up to its data
#pragma once

#include <string_view>

namespace tincan::inline abi0::detail {

/// What comes before the data, which are JSON.
inline constexpr std::string_view TracePageStyle = R"(<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>A trace</title>
<style>
  body { margin: 0; font: 14px/1.4 system-ui, sans-serif; color: #222; display: flex; flex-direction: column; height: 100vh; }
  header { padding: .5em 1em; background: #f4f4f2; border-bottom: 1px solid #ccc; display: flex; gap: 1em; align-items: center; flex-wrap: wrap; }
  header h1 { font-size: 1em; margin: 0; }
  nav button { font: inherit; border: 1px solid #bbb; background: #fff; padding: .2em .8em; cursor: pointer; }
  nav button.chosen { background: #357; color: #fff; border-color: #357; }
  label { color: #555; }
  input[type=text] { font: inherit; width: 11em; padding: .1em .4em; }
  #endpoints label { margin-right: .8em; color: #222; }
  main { flex: 1; overflow: auto; padding: 0 1em 1em; }
  footer { padding: .4em 1em; background: #f4f4f2; border-top: 1px solid #ccc; min-height: 1.4em; }
  svg { display: block; }
  svg text { font: 12px system-ui, sans-serif; fill: #222; }
  svg text.time, svg text.axis { fill: #888; font-size: 11px; }
  svg text.name { font-weight: 600; }
  .life { stroke: #ccc; stroke-dasharray: 3 3; }
  .handling { fill: #cfe3cf; stroke: #7a9a7a; }
  .wait { fill: #f6d9b8; stroke: #c58a3c; }
  .arrow { stroke: #357; fill: none; }
  .arrow.answer { stroke: #06604a; stroke-dasharray: 5 3; }
  .arrow.dead { stroke: #a00; }
  .head { fill: #357; } .head.answer { fill: #06604a; }
  text.dead { fill: #a00; }
  .depth { fill: #bcd2ea; stroke: #357; }
  g.event { cursor: pointer; } g.event:hover .arrow, g.event.chosen .arrow { stroke-width: 2.5; }
  table { border-collapse: collapse; margin-top: 1em; }
  td, th { text-align: left; padding: .2em 1.2em .2em 0; border-bottom: 1px solid #eee; }
  #more { margin: 1em 0; }
  [hidden] { display: none; }
</style>
<header>
  <h1>Trace</h1>
  <nav><button data-view="sequence">Sequence</button><button data-view="waits">Waits</button><button data-view="queues">Queues</button><button data-view="dead">Dead letters</button></nav>
  <label>channel <input type="text" id="channel" placeholder="all"></label>
  <span id="endpoints"></span>
  <span id="count"></span>
</header>
<main></main>
<footer></footer>
<script>
const trace = )";

}  // namespace tincan::inline abi0::detail
