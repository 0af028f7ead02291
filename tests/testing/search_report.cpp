// tests/testing/search_report.cpp - what a run looks like
#include <algorithm>
#include <catch.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include <tincan/testing/detail/report/report.hpp>

using tincan::testing::Delivery;
using tincan::testing::detail::Note;
using tincan::testing::detail::Report;

TEST_CASE("report: a table has a column for each endpoint") {
  std::vector<Delivery> const deliveries{
      {1, "window", "main", "open", "\"a.txt\""},
      {2, "", "main", "tick", ""},
      {3, "main", "window", "opened", "42"},
  };
  std::vector<Note> const notes{{1, "window", "its deadline passed"}, {3, "", "not saved"}};
  CHECK(Report{deliveries, notes}.table() ==
        "#  window                 main                  (nobody)\n"
        "1                         window: open \"a.txt\"\n"
        "   ! its deadline passed\n"
        "2                         (nobody): tick\n"
        "3  main: opened 42\n"
        "! not saved\n");
}

TEST_CASE("report: of a run without an end it shows both ends") {
  std::vector<Delivery> deliveries;
  for (std::uint64_t i = 1; i <= 10'000; ++i) deliveries.push_back({i, "a", "a", "x", ""});
  std::vector<Note> const notes{{10'000, "", "there is no end"}};
  Report const report{deliveries, notes};
  std::string const table = report.table();
  CHECK(std::count(table.begin(), table.end(), '\n') == 1 + 50 + 1 + 50 + 1);
  CHECK(table.find("\n50     a: x\n... 9900 more\n9951   a: x\n") != std::string::npos);
  std::string const diagram = report.mermaid();
  CHECK(diagram.find(": 50. x\n  Note over p0: ... 9900 more\n") != std::string::npos);
}

TEST_CASE(
    "report: of a long run it does not show all that was lost, nor all uses of what is shared") {
  std::vector<Delivery> deliveries;
  std::vector<Note> notes;
  for (std::uint64_t i = 1; i <= 10; ++i) {
    deliveries.push_back({i, "a", "a", "x", ""});
    notes.push_back({i, "a", "reads Shared 1: " + std::to_string(i), {}, true});
    if (i == 5) notes.push_back({i, "a", "a deadline passes"});
  }
  CHECK(Report(deliveries, notes, 3).table() ==
        "#   a\n"
        "1   a: x\n"
        "    ! reads Shared 1: 1\n"
        "2   a: x\n"
        "... 14 more\n"
        "    ! a deadline passes\n"
        "    ! reads Shared 1: 9\n"
        "10  a: x\n"
        "    ! reads Shared 1: 10\n");
}

TEST_CASE("report: a table keeps its columns whatever the texts are") {
  std::vector<Delivery> const deliveries{
      {1, "a", "b", "caf\xc3\xa9", ""},
      {2, "b", "a", "two\nlines\x01", ""},
      {3, "a", "b", "long", std::string(100, 'x')},
  };
  CHECK(Report{deliveries, {}}.table() ==
        "#  a                  b\n"
        "1                     a: caf\xc3\xa9\n"
        "2  b: two\\nlines\\x01\n"
        "3                     a: long " +
            std::string(40, 'x') + "...\n");
}

TEST_CASE("report: a diagram has an arrow for each delivery") {
  std::vector<Delivery> const deliveries{{1, "window", "main", "open", "7"},
                                         {2, "main", "main", "again", ""}};
  std::vector<Note> const notes{{0, "window", "starts"}, {2, "", "done"}};
  CHECK(Report{deliveries, notes}.mermaid() ==
        "sequenceDiagram\n"
        "  participant p0 as window\n"
        "  participant p1 as main\n"
        "  Note over p0: starts\n"
        "  p0->>p1: 1. open 7\n"
        "  p1->>p1: 2. again\n"
        "  Note over p0,p1: done\n");
}

TEST_CASE("report: nothing in a name or a text means anything to Mermaid") {
  std::vector<Delivery> const deliveries{{1, "end", "", "a;b#c:d", "<b>%%\nEnd ending send"}};
  std::vector<Note> const notes{{1, "", ""}};
  CHECK(Report{deliveries, notes}.mermaid() ==
        "sequenceDiagram\n"
        "  participant p0 as #101;nd\n"
        "  participant p1 as (nobody)\n"
        "  p0->>p1: 1. a#59;b#35;c#58;d #60;b#62;#37;#37;<br/>#69;nd ending send\n"
        "  Note over p0,p1: #32;\n");
}

TEST_CASE("report: of an empty run nothing but the heads is left") {
  CHECK(Report{{}, {}}.table() == "#\n");
  CHECK(Report{{}, {}}.mermaid() == "sequenceDiagram\n");
  std::vector<Note> const notes{{0, "", "broken"}};
  CHECK(Report{{}, notes}.table() == "#\n! broken\n");
  CHECK(Report{{}, notes}.mermaid() == "sequenceDiagram\n");
}
