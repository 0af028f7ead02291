// tests/testing/page.cpp - a failing run as a page for a browser
#include <tincan/testing.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include <tincan/testing/detail/report/page.hpp>

#include "../unit/support.hpp"

namespace pages {

using test::contains;
using tincan::testing::Delivery;
using tincan::testing::explore;
using tincan::testing::Options;
using tincan::testing::Simulation;
using tincan::testing::detail::Note;
using tincan::testing::detail::Page;

/// A name for a file that is gone when this is.
class File {
 public:
  ~File() { std::remove(name.c_str()); }

  std::string text() const {
    std::ifstream file(name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::string const name = "tincan-page-test.html";
};

/// Main's stock falls below zero if b comes first.
void sell(Simulation& sim) {
  auto const stock = std::make_shared<int>(3);
  auto const watch = sim.watch("stock", [stock] { return *stock; });
  sim.bus().main().on("sell", [stock](int count) { *stock -= count; });
  sim.always("the stock is never below zero", {watch}, [stock] { return *stock >= 0; });
  for (char const* const name : {"a", "b"}) {
    sim.spawn(name, [](tincan::Renderer& ipc) { ipc.send("sell", 2); });
  }
}

TEST_CASE("page: it has the run, its title and its token, and needs nothing else") {
  File const file;
  Options options;
  options.page = file.name;
  auto const result = explore(sell, options);
  CHECK_FALSE(result.ok);
  std::string const page = file.text();
  CHECK(contains(page, "\"title\":\"" + result.failure + "\""));
  CHECK(contains(page, "\"token\":\"" + result.minimal + "\""));
  CHECK(contains(page, R"({"number":1,"from":"a","to":"main","channel":"sell","text":"2"})"));
  CHECK(contains(page, R"({"watch":"stock","value":"1"})"));
  CHECK(contains(page, R"({"watch":"stock","value":"-1"})"));
  CHECK_FALSE(contains(page, "http"));
  CHECK_FALSE(contains(page, " src="));
}

TEST_CASE("page: a run that is ok has none, and where it cannot be written, a line says so") {
  File const file;
  Options options;
  options.page = file.name;
  CHECK(explore([](Simulation&) {}, options).ok);
  CHECK(file.text() == "");
  options.page = "/no such folder/page.html";
  CHECK_FALSE(explore(sell, options).ok);
}

TEST_CASE("page: texts of the test cannot end what holds them") {
  std::vector<Delivery> const deliveries = {{1, "a<b>", "main", "x", "</script>\"\\\n\x01"},
                                            {2, "", "main", "\xff", "&"}};
  std::vector<Note> const notes = {{0, "", "1", "stock"}, {2, "main", "crashed\nsecond"}};
  std::string const page = Page(deliveries, notes).html("two\nlines", "-");
  CHECK(contains(page, R"("title":"two\nlines")"));
  CHECK(contains(page, R"("from":"a\u003cb\u003e")"));
  CHECK(contains(page, R"("text":"\u003c/script\u003e\u0022\u005c\n\u005cx01")"));
  CHECK(contains(page, R"({"note":"crashed\nsecond","at":"main"})"));
  CHECK(contains(page, R"("channel":"\u005cxff","text":"\u0026")"));
  CHECK(page.find("</script>") == page.rfind("</script>"));  // its own
}

}  // namespace pages
