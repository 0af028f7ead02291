// tests/unit/json.hpp - reads JSON, to see that what was written is some
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace test {

/// A value of JSON. Numbers are kept as they were written.
struct Json {
  enum class Kind { Null, Bool, Number, String, Array, Object } kind = Kind::Null;
  std::string text;  // of a Bool, a Number or a String; without escapes
  std::vector<Json> items;
  std::map<std::string, Json> members;

  /// Throws std::invalid_argument, and says where.
  static Json parse(std::string_view text) {
    Parser parser{text, text.size()};
    Json const value = parser.value();
    parser.skip();
    if (!parser.rest.empty()) parser.fail("something follows");
    return value;
  }

  /// Throws std::out_of_range.
  Json const& operator[](std::string const& name) const { return members.at(name); }
  bool has(std::string const& name) const { return members.count(name) != 0; }
  double number() const { return std::stod(text); }

 private:
  struct Parser {
    std::string_view rest;
    std::size_t size;

    [[noreturn]] void fail(std::string const& why) const {
      throw std::invalid_argument(why + " at byte " + std::to_string(size - rest.size()));
    }
    void skip() {
      while (!rest.empty() && std::string_view(" \n\r\t").find(rest[0]) != std::string_view::npos) {
        rest.remove_prefix(1);
      }
    }
    bool take(char byte) {
      skip();
      if (rest.empty() || rest[0] != byte) return false;
      rest.remove_prefix(1);
      return true;
    }
    void expect(char byte) {
      if (!take(byte)) fail(std::string("no '") + byte + "'");
    }

    Json value() {
      skip();
      if (rest.empty()) fail("no value");
      if (rest[0] == '{') return object();
      if (rest[0] == '[') return array();
      if (rest[0] == '"') return {Kind::String, string(), {}, {}};
      return word();
    }
    Json object() {
      Json made{Kind::Object, {}, {}, {}};
      expect('{');
      if (take('}')) return made;
      do {
        skip();
        std::string const name = string();
        expect(':');
        made.members[name] = value();
      } while (take(','));
      expect('}');
      return made;
    }
    Json array() {
      Json made{Kind::Array, {}, {}, {}};
      expect('[');
      if (take(']')) return made;
      do made.items.push_back(value());
      while (take(','));
      expect(']');
      return made;
    }
    std::string string() {
      if (!take('"')) fail("no string");
      std::string result;
      while (!rest.empty() && rest[0] != '"') {
        if (static_cast<unsigned char>(rest[0]) < 0x20) fail("a control character");
        std::size_t const length = rest[0] == '\\' ? 2 : 1;
        if (rest.size() < length) fail("half an escape");
        if (length == 2 && rest[1] == 'u') {
          result += static_cast<char>(std::stoi(std::string(rest.substr(2, 4)), nullptr, 16));
          rest.remove_prefix(6);
          continue;
        }
        result += length == 2 && rest[1] == 'n' ? '\n' : rest[length - 1];
        rest.remove_prefix(length);
      }
      expect('"');
      return result;
    }
    Json word() {
      std::size_t const end = rest.find_first_not_of("+-.0123456789Eaeflnrstu");
      std::string const token(rest.substr(0, end));
      rest.remove_prefix(token.size());
      if (token == "null") return {};
      if (token == "true" || token == "false") return {Kind::Bool, token, {}, {}};
      std::size_t read = 0;
      try {
        static_cast<void>(std::stod(token, &read));
      } catch (std::exception const&) {
        fail("no number");
      }
      if (read != token.size()) fail("no number");
      return {Kind::Number, token, {}, {}};
    }
  };
};

}  // namespace test
