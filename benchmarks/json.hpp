// benchmarks/json.hpp - a JSON value: written by the benchmarks, read by the report
//
//   Errors    parse() and the getters end the process (fail) if text or type is not as expected.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "basics.hpp"

namespace bench {

class Json {
 public:
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;  // in the order of writing

  Json() = default;  // null
  // NOLINTBEGIN(google-explicit-constructor): a document is written as a literal.
  Json(double number) : value_(number) { require(std::isfinite(number), "JSON: no number"); }
  Json(int number) : Json(static_cast<double>(number)) {}
  Json(std::string text) : value_(std::move(text)) {}
  Json(char const* text) : value_(std::string(text)) {}
  Json(Array array) : value_(std::move(array)) {}
  Json(Object object) : value_(std::move(object)) {}
  // NOLINTEND(google-explicit-constructor)

  static Json parse(std::string_view text);

  bool isNull() const { return std::holds_alternative<std::monostate>(value_); }
  double number() const { return as<double>(); }
  std::string const& string() const { return as<std::string>(); }
  Array const& array() const { return as<Array>(); }
  Json const& operator[](std::string_view name) const;

  std::string text() const;

 private:
  class Reader;

  template <class T>
  T const& as() const {
    auto const* const value = std::get_if<T>(&value_);
    require(value != nullptr, "JSON: a value of another type was expected");
    return *value;
  }

  static std::string quoted(std::string_view text);
  template <class List, class Write>
  static std::string joined(List const& list, Write const& write);

  std::variant<std::monostate, double, std::string, Array, Object> value_;
};

// ---- writing ------------------------------------------------------------------------------------

inline std::string Json::quoted(std::string_view text) {
  std::string result = "\"";
  for (char const c : text) {
    if (c == '"' || c == '\\') {
      result += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      result += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result + '"';
}

template <class List, class Write>
std::string Json::joined(List const& list, Write const& write) {
  std::string result;
  for (auto const& element : list) {
    if (!result.empty()) result += ",\n";
    result += write(element);
  }
  return result;
}

inline std::string Json::text() const {
  if (isNull()) return "null";
  if (auto const* const number = std::get_if<double>(&value_)) return fmt::format("{}", *number);
  if (auto const* const text = std::get_if<std::string>(&value_)) return quoted(*text);
  if (auto const* const array = std::get_if<Array>(&value_)) {
    return "[" + joined(*array, [](Json const& element) { return element.text(); }) + "]";
  }
  auto const member = [](auto const& named) {
    return quoted(named.first) + ": " + named.second.text();
  };
  return "{" + joined(std::get<Object>(value_), member) + "}";
}

// ---- reading ------------------------------------------------------------------------------------

inline Json const& Json::operator[](std::string_view name) const {
  for (auto const& [key, value] : as<Object>()) {
    if (key == name) return value;
  }
  fail(fmt::format("JSON: there is no {}", name));
}

/// What text() writes, and any other JSON but true, false and escapes beyond ASCII.
class Json::Reader {
 public:
  explicit Reader(std::string_view text) : left_(text) {}

  Json value() {
    switch (next()) {
      case '{': return object();
      case '[': return array();
      case '"': return string();
      case 'n': return skip("null"), Json();
      default: return number();
    }
  }

  void end() { require(next() == '\0', "JSON: something follows the end"); }

 private:
  /// The next character that is no space, which stays; 0 at the end.
  char next() {
    auto const at = left_.find_first_not_of(" \t\r\n");
    left_.remove_prefix(at == std::string_view::npos ? left_.size() : at);
    return left_.empty() ? '\0' : left_.front();
  }

  void skip(std::string_view word) {
    require(next() == word.front() && left_.substr(0, word.size()) == word,
            fmt::format("JSON: no {} where one was expected", word));
    left_.remove_prefix(word.size());
  }

  /// True if there is another element; skips the comma before it, or the end.
  bool goesOn(bool isFirst, std::string_view end) {
    if (next() == end.front()) return skip(end), false;
    if (!isFirst) skip(",");
    return true;
  }

  Json object() {
    Object members;
    for (skip("{"); goesOn(members.empty(), "}");) {
      next();
      auto name = string();
      skip(":");
      members.emplace_back(std::move(name), value());
    }
    return members;
  }

  Json array() {
    Array elements;
    for (skip("["); goesOn(elements.empty(), "]");) elements.push_back(value());
    return elements;
  }

  std::string string() {
    std::string text;
    skip("\"");
    for (;;) {
      auto const c = take();
      if (c == '"') return text;
      text += c == '\\' ? escaped() : c;
    }
  }

  char escaped() {
    switch (auto const c = take()) {
      case 'n': return '\n';
      case 't': return '\t';
      case 'u': return unicode();
      default: return c;
    }
  }

  char unicode() {
    require(left_.size() >= 4, "JSON: the text ends early");
    auto const code = std::strtoul(std::string(left_.substr(0, 4)).c_str(), nullptr, 16);
    require(code < 0x80, "JSON: an escape beyond ASCII");
    left_.remove_prefix(4);
    return static_cast<char>(code);
  }

  char take() {
    require(!left_.empty(), "JSON: the text ends early");
    auto const c = left_.front();
    left_.remove_prefix(1);
    return c;
  }

  Json number() {
    std::string const text(left_.substr(0, left_.find_first_not_of("+-.0123456789eE")));
    char* end = nullptr;
    auto const result = std::strtod(text.c_str(), &end);
    require(!text.empty() && *end == '\0', "JSON: a number was expected");
    left_.remove_prefix(text.size());
    return result;
  }

  std::string_view left_;
};

inline Json Json::parse(std::string_view text) {
  Reader reader(text);
  auto value = reader.value();
  reader.end();
  return value;
}

}  // namespace bench
