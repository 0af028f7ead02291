// benchmarks/pictures.hpp - the benchmarks' JSON files as scripts for gnuplot
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "basics.hpp"
#include "json.hpp"

namespace bench {

/// A script that holds its data, and draws them as SVG and as PNG.
class Picture {
 public:
  Picture(std::string name, std::string const& title, int height = 600)
      : name_(std::move(name)), height_(height) {
    set("label", fmt::format("{} at screen 0.5, screen 0.98 center", quoted(title)));
    set("tmargin", "3");
    script_ += "set grid\nset key outside bottom center horizontal\n";
  }

  void set(std::string_view what, std::string_view how) {
    script_ += fmt::format("set {} {}\n", what, how);
  }
  void label(char axis, std::string const& text) {
    set(fmt::format("{}label", axis), quoted(text));
  }

  /// Data as `text`, drawn by `how`.
  void add(std::string const& text, std::string const& how, std::string const& title) {
    auto const data = fmt::format("$data{}", ++sets_);
    script_ += fmt::format("{} << EOD\n{}EOD\n", data, text);
    auto const end = title.empty() ? "notitle" : "title " + quoted(title);
    plots_ += fmt::format("{}{} {} {}", sets_ == 1 ? "plot " : ", ", data, how, end);
  }

  void write(std::string const& folder) const {
    std::ofstream file(fmt::format("{}/{}.gp", folder, name_));
    file << script_;
    for (std::string_view const kind : {"svg", "png"}) {
      auto const terminal = kind == "svg" ? "svg" : "pngcairo";
      file << fmt::format(
          "set terminal {} size 1100,{} background 'white'\nset output '{}.{}'\n{}\n", terminal,
          height_, name_, kind, plots_);
    }
    file.close();
    require(!file.fail(), fmt::format("cannot write {}.gp into {}", name_, folder));
  }

  static std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (char const c : text) {
      if (c == '"' || c == '\\') result += '\\';
      // Braces, underscores and the like would be markup.
      if (std::string_view("_^@{}&~").find(c) != std::string_view::npos) result += "\\\\";
      result += c;
    }
    return result + '"';
  }

 private:
  std::string name_;
  int height_;
  std::string script_;
  std::string plots_;
  int sets_ = 0;
};

inline std::string spreadText(Json const& point) {
  return fmt::format("{} {} {}", point["median"].number(), point["min"].number(),
                     point["max"].number());
}

inline void drawCurve(std::string const& program, Json const& curve, std::string const& folder) {
  Picture picture(fmt::format("{}_{}", program, curve["key"].string()), curve["title"].string());
  picture.label('x', curve["x"].string());
  picture.label('y', curve["unit"].string());
  picture.set("logscale", "x");
  picture.set("offsets", "graph 0.03, graph 0.03, 0, 0");
  picture.set("yrange", "[0:*]");
  for (auto const& line : curve["lines"].array()) {
    std::string data;
    for (auto const& point : line["points"].array()) {
      data += fmt::format("{} {}\n", point["x"].number(), spreadText(point));
    }
    picture.add(data, "using 1:2:3:4 with yerrorlines", line["title"].string());
  }
  picture.write(folder);
}

inline void drawDistributions(std::string const& program, Json const& distributions,
                              std::string const& folder) {
  if (distributions.array().empty()) return;
  Picture picture(program + "_distribution", program + ": how often it takes longer");
  picture.label('x', distributions.array().front()["unit"].string());
  picture.label('y', "part that takes longer");
  picture.set("logscale", "xy");
  picture.set("format", "y '10^{%L}'");
  for (auto const& distribution : distributions.array()) {
    std::string data;
    for (auto const& point : distribution["quantiles"].array()) {
      auto const longer = 1 - point["part"].number();
      if (longer > 0) data += fmt::format("{} {}\n", point["median"].number(), longer);
    }
    picture.add(data, "using 1:2 with linespoints", distribution["title"].string());
  }
  picture.write(folder);
}

/// Rows of one picture: those whose questions begin with the same word and a colon, in one unit.
struct BarGroup {
  std::string name;   // of the picture
  std::string topic;  // the word
  std::vector<Json const*> rows;
};

inline std::vector<BarGroup> groupsOf(Json const& program) {
  std::vector<BarGroup> groups;
  for (auto const& row : program["rows"].array()) {
    auto const unit = row["unit"].string();
    auto const isRatio =
        (unit.empty() || unit == "x") && !row["min"].isNull() && row["min"].number() > 0;
    if (!isRatio) continue;
    auto const question = row["question"].string();
    auto const colon = question.find(": ");
    auto const topic = colon == std::string::npos ? "" : question.substr(0, colon);
    auto name = program["program"].string();
    for (std::string_view const part : {std::string_view(topic), std::string_view(unit)}) {
      if (!part.empty()) name.append("_").append(part);
    }
    std::replace(name.begin(), name.end(), ' ', '_');
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](BarGroup const& known) { return known.name == name; });
    if (group == groups.end()) group = groups.insert(group, {name, topic, {}});
    group->rows.push_back(&row);
  }
  return groups;
}

/// Ratios side by side.
inline void drawBars(Json const& program, BarGroup const& group, std::string const& folder) {
  std::string data;
  auto const topicLength = group.topic.empty() ? 0 : group.topic.size() + 2;
  for (std::size_t i = 0; i < group.rows.size(); ++i) {
    auto const question = (*group.rows[i])["question"].string();
    data += fmt::format("{} {} {}\n", i, spreadText(*group.rows[i]),
                        Picture::quoted(question.substr(topicLength)));
  }
  auto const bars = static_cast<int>(group.rows.size());
  auto const title = program["title"].string();
  Picture picture(group.name, group.topic.empty() ? title : title + " (" + group.topic + ")",
                  150 + 25 * bars);
  picture.label('x', "ratio, median and all processes");
  picture.set("style", "fill solid 0.6");
  picture.set("yrange", fmt::format("[{}:-1]", bars));
  picture.set("logscale", "x");
  picture.set("arrow", "from first 1,graph 0 to first 1,graph 1 nohead linecolor 'black'");
  picture.add(data, "using 2:1:(1):2:($1-0.35):($1+0.35):ytic(5) with boxxyerror", "");
  picture.add(data, "using 2:1:3:4 with xerrorbars linecolor 'black' pointtype 0", "");
  picture.write(folder);
}

inline void draw(std::vector<Json> const& programs, std::string const& folder) {
  for (auto const& program : programs) {
    auto const name = program["program"].string();
    for (auto const& curve : program["curves"].array()) drawCurve(name, curve, folder);
    drawDistributions(name, program["distributions"], folder);
    for (auto const& group : groupsOf(program)) drawBars(program, group, folder);
  }
}

}  // namespace bench
