// benchmarks/json_output.hpp - a benchmark's answers as JSON, for report.cpp and other tools
#pragma once

#include <string>
#include <thread>
#include <utility>

#include "cores.hpp"
#include "json.hpp"
#include "output.hpp"
#include "results.hpp"

namespace bench {

inline Json::Object toJson(Spread const& spread) {
  return {{"median", spread.median}, {"min", spread.min}, {"max", spread.max}};
}

inline Json toJson(Goal const& goal) {
  if (goal.kind == Goal::Kind::None) return {};
  return Json::Object{{"kind", goal.kind == Goal::Kind::AtMost ? "at most" : "at least"},
                      {"bound", goal.bound}};
}

inline Json toJson(Row const& row, Collected const& all) {
  Json::Object object = {{"key", row.key},
                         {"question", row.question},
                         {"goal", toJson(row.goal)},
                         {"must", row.goal.must ? Json(*row.goal.must) : Json()},
                         {"goalText", goalText(row)},
                         {"unit", row.unit},
                         {"decimals", row.decimals}};
  if (!row.missing.empty()) {
    object.insert(object.end(), {{"verdict", notMeasured},
                                 {"reason", row.missing},
                                 {"median", {}},
                                 {"min", {}},
                                 {"max", {}}});
    return object;
  }
  auto const spread = spreadOf(row.key, all.processes);
  object.emplace_back("verdict", verdict(row.goal, spread.median));
  object.emplace_back("reason", row.goal.metBy(spread.median) ? "" : row.reason);
  for (auto& member : toJson(spread)) object.push_back(std::move(member));
  return object;
}

inline Json toJson(Distribution const& distribution, Collected const& all) {
  Json::Array points;
  for (auto const& quantile : quantiles) {
    auto point = toJson(spreadOf(keyOf(distribution, quantile), all.processes));
    point.insert(point.begin(), {{"name", std::string(quantile.name)}, {"part", quantile.part}});
    points.push_back(std::move(point));
  }
  return Json::Object{{"key", distribution.key},
                      {"title", distribution.title},
                      {"unit", distribution.unit},
                      {"quantiles", std::move(points)}};
}

inline Json toJson(Curve const& curve, Curve::Line const& line, Collected const& all) {
  Json::Array points;
  for (int const x : curve.points) {
    auto point = toJson(spreadOf(keyOf(curve.key, line.key, x), all.processes));
    point.insert(point.begin(), {"x", x});
    points.push_back(std::move(point));
  }
  return Json::Object{{"key", line.key}, {"title", line.title}, {"points", std::move(points)}};
}

inline Json toJson(Curve const& curve, Collected const& all) {
  Json::Array lines;
  for (auto const& line : curve.lines) lines.push_back(toJson(curve, line, all));
  return Json::Object{{"key", curve.key},
                      {"title", curve.title},
                      {"x", curve.x},
                      {"unit", curve.unit},
                      {"lines", std::move(lines)}};
}

template <class Parts>
Json toJson(Parts const& parts, Collected const& all) {
  Json::Array array;
  for (auto const& part : parts) array.push_back(toJson(part, all));
  return array;
}

inline Json toJson(std::string const& program, Benchmark const& benchmark, Collected const& all) {
  return Json::Object{{"program", program},
                      {"title", benchmark.title},
                      {"machine", cpuModel()},
                      {"cores", Json::Array{all.cores.a, all.cores.b}},
                      {"coresThere", static_cast<int>(std::thread::hardware_concurrency())},
                      {"compiler", compiler()},
                      {"flags", flags()},
                      {"processes", static_cast<int>(all.processes.size())},
                      {"processesWanted", all.wanted},
                      {"processesDropped", all.dropped},
                      {"rows", toJson(benchmark.rows, all)},
                      {"distributions", toJson(benchmark.distributions, all)},
                      {"curves", toJson(benchmark.curves, all)}};
}

}  // namespace bench
