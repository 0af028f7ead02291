// tests/oom/main.cpp - each allocation of each verb fails, once and from then on
//
// Whichever allocation of a verb fails, it has done all that it says, or nothing and throws bad_alloc.
//
// For each row of the table the n-th allocation of the attempt fails, once or from then on, for
// n = 1, 2, ... until the attempt needs no more; each in a process of its own, so that a crash or a
// hang is a finding and not the end. With AddressSanitizer a leak is one, too.
// TINCAN_TESTS_QUICK=1: the first, third, ... fail once, the others and all that follow: half of the tries. A row
// that allocates as much when it is done again has them all in one process; whatever is found there, is found
// again in processes of their own. Leaks are searched for only where more or less is allocated than before.
//
//   tincan_oom                    all rows
//   tincan_oom TOPIC              those of one topic: sending, listening, ...
//   tincan_oom --row TEXT [N how] those whose verb contains the text; only the N-th, "once" or "on"
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "../amounts.hpp"
#include "attempt.hpp"

#if defined(__SANITIZE_ADDRESS__)
#define TINCAN_OOM_SEES_LEAKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TINCAN_OOM_SEES_LEAKS 1
#endif
#endif
#ifdef TINCAN_OOM_SEES_LEAKS
#include <sanitizer/allocator_interface.h>
#include <sanitizer/lsan_interface.h>
#endif

namespace oom {
namespace {

struct Topic {
  std::string_view name;
  std::span<Row const> rows;
};

std::array<Topic, 9> table() {
  return {{{"sending", sendingRows()},
           {"listening", listeningRows()},
           {"polling", pollingRows()},
           {"answers", answerRows()},
           {"continuations", continuationRows()},
           {"waiting", waitingRows()},
           {"ports", portRows()},
           {"time", timeRows()},
           {"ends", endRows()}}};
}

// How a try's process ends. 1 is left to the sanitizers.
enum Exit : int { NothingFailed = 0, Failed = 10, Terminated = 12, Hung = 13 };

constexpr unsigned MostSeconds = 10;
constexpr long MostAllocations = 500;
constexpr int MostHangs = 3;         // of one row: each takes long
constexpr long MostViolations = 40;  // of one row

bool hasLeak() {
#ifdef TINCAN_OOM_SEES_LEAKS
  return __lsan_do_recoverable_leak_check() != 0;
#else
  return false;
#endif
}
/// In bytes; 0 where nobody looks for leaks.
std::size_t allocated() {
#ifdef TINCAN_OOM_SEES_LEAKS
  return __sanitizer_get_current_allocated_bytes();
#else
  return 0;
#endif
}

/// As it was planned; what was wrong, or nothing.
std::string attemptIn(Row const& row) {
  alarm(MostSeconds);
  Attempt attempt;
  {
    Room room(attempt, row.room);
    row.run(attempt, room);
    if (room.isOpen()) room.worksOn("afterwards");
  }
  attempt.expectCount(static_cast<std::uint64_t>(Baggage::alive.load()), 0, "objects that live on");
  return attempt.complaints();
}
void endWithFindings() {
  std::signal(SIGALRM, [](int) { _exit(Hung); });
  std::set_terminate([] { _exit(Terminated); });
}

/// In a process of its own.
int runTry(Row const& row, long nth, Fail how, int report) {
  endWithFindings();
  std::size_t const atFirst = allocated();
  planFailure(nth, how);
  std::string text = attemptIn(row);
  bool const mayLeak = !amounts::isQuick() || allocated() != atFirst;
  if (mayLeak && hasLeak()) text += text.empty() ? "leak" : "; leak";
  if (write(report, text.data(), text.size()) < 0) std::perror("oom: write");
  return failures() == 0 ? NothingFailed : Failed;
}

struct Outcome {
  std::string complaint;  // empty: none
  bool needsMore = true;  // something failed, so that the next allocation may
  bool hangs = false;
};

std::string readAll(int from) {
  std::string text;
  std::array<char, 512> buffer{};
  for (;;) {
    ssize_t const got = read(from, buffer.data(), buffer.size());
    if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
    else if (got == 0 || errno != EINTR) return text;
  }
}

/// Without what differs from process to process: its number and addresses.
std::string withoutNumbers(std::string_view line) {
  std::string text;
  for (std::size_t at = 0; at < line.size(); ++at) {
    bool const isAddress = line.substr(at, 2) == "0x";
    bool const isProcess = line.substr(at, 2) == "==";
    if (!isAddress && !isProcess) {
      text += line[at];
      continue;
    }
    at += 2;
    while (at < line.size() && std::isxdigit(static_cast<unsigned char>(line[at])) != 0) ++at;
    if (isProcess) ++at;  // the second = is skipped by the loop
    else --at;
  }
  return text;
}

/// The first lines of a sanitizer's report, and where in the library it was.
std::string excerpt(std::FILE* log) {
  std::string text;
  int frames = 0;
  std::array<char, 600> line{};
  std::rewind(log);
  while (std::fgets(line.data(), static_cast<int>(line.size()), log) != nullptr) {
    std::string_view const read(line.data());
    bool const isFrame = read.find("/tincan/") != std::string_view::npos;
    bool const isHead = read.find("ERROR:") != std::string_view::npos ||
                        read.find("runtime error:") != std::string_view::npos;
    if (isHead) text += "        " + withoutNumbers(read.substr(0, 160)) + "\n";
    else if (isFrame && frames++ < 3)
      text += "        " + std::string(read.substr(read.rfind('/')));
  }
  return text;
}

Outcome judge(int status, std::string const& said) {
  if (WIFSIGNALED(status)) return {std::string("killed: ") + strsignal(WTERMSIG(status))};
  switch (WEXITSTATUS(status)) {
    case NothingFailed: return {said, false};
    case Failed: return {said};
    case Terminated: return {"std::terminate"};
    case Hung: return {"hangs", true, true};
    default: return {"sanitizer, or exit " + std::to_string(WEXITSTATUS(status))};
  }
}

struct Ended {
  int status;
  std::string said;
};

/// Runs `body(where to write what it says)` in a process of its own, which writes what it complains of to `log`.
template <class Body>
Ended inProcess(std::FILE* log, Body body) {
  std::array<int, 2> pipeEnds{};
  if (log == nullptr || pipe(pipeEnds.data()) != 0) {
    std::perror("oom");
    std::exit(2);
  }
  std::fflush(stdout);
  pid_t const child = fork();
  if (child < 0) {
    std::perror("oom: fork");
    std::exit(2);
  }
  if (child == 0) {
    close(pipeEnds[0]);
    dup2(fileno(log), STDERR_FILENO);
    int const code = body(pipeEnds[1]);
    std::fflush(stderr);
    _exit(code);
  }
  close(pipeEnds[1]);
  Ended ended{0, readAll(pipeEnds[0])};
  close(pipeEnds[0]);
  while (waitpid(child, &ended.status, 0) < 0 && errno == EINTR) {
  }
  return ended;
}

Outcome tryInProcess(Row const& row, long nth, Fail how) {
  std::FILE* const log = std::tmpfile();
  auto const [status, said] =
      inProcess(log, [&](int report) { return runTry(row, nth, how, report); });
  Outcome outcome = judge(status, said);
  if (!outcome.complaint.empty()) {
    if (std::string const where = excerpt(log); !where.empty()) outcome.complaint += "\n" + where;
  }
  std::fclose(log);
  return outcome;
}

/// What went wrong in which tries; the same complaint once.
class Findings {
 public:
  void add(std::string const& complaint, long nth, Fail how) {
    std::string const at = std::to_string(nth) + (how == Fail::Once ? "" : "+");
    for (auto& [text, tries] : found_) {
      if (text == complaint) {
        tries += " " + at;
        return;
      }
    }
    found_.emplace_back(complaint, at);
  }
  void print() const {
    for (auto const& [text, tries] : found_) {
      std::printf("    allocation %s: %s\n", tries.c_str(), text.c_str());
    }
  }

 private:
  std::vector<std::pair<std::string, std::string>> found_;
};

struct Count {
  long tries = 0, violations = 0;
};

/// What is allocated once and kept - a thread's list of its endpoints grows to a size - is there after a few rooms.
/// Then a try that leaves as much as it found has no leak.
void allocateWhatStays(Row const& row) {
  std::size_t before = 0;
  for (int rooms = 0; rooms < 20 && allocated() != before; ++rooms) {
    before = allocated();
    Attempt attempt;
    Room(attempt, row.room).worksOn("as usual");
  }
}

/// The tries of a row: the n-th allocation fails once, from then on, or both, for n = 1, 2, ...
/// `needsMoreAfter(nth, how)` says whether an allocation failed, so that the next may.
template <class Try>
void forEachTry(Try needsMoreAfter) {
  bool const isQuick = amounts::isQuick();
  bool onceIsLeft = true, onIsLeft = true;
  for (long nth = 1; nth <= MostAllocations && (onceIsLeft || onIsLeft); ++nth) {
    bool const isOdd = nth % 2 == 1;
    if (onceIsLeft && (isOdd || !isQuick)) onceIsLeft = needsMoreAfter(nth, Fail::Once);
    if (onIsLeft && (!isOdd || !isQuick)) onIsLeft = needsMoreAfter(nth, Fail::FromThenOn);
  }
}

/// In a process of its own.
int runAllTries(Row const& row, int report) {
  endWithFindings();
  planNoFailure();
  if (!attemptIn(row).empty()) return Failed;
  long const atFirst = allocations();
  planNoFailure();
  if (!attemptIn(row).empty() || allocations() != atFirst) return Failed;
  std::size_t const before = allocated();
  long tries = 0;
  bool isFine = true;
  forEachTry([&](long nth, Fail how) {
    if (!isFine) return false;
    ++tries;
    planFailure(nth, how);
    isFine = attemptIn(row).empty();
    return failures() != 0;
  });
  if (!isFine || (allocated() != before && hasLeak())) return Failed;
  return write(report, &tries, sizeof tries) == sizeof tries ? NothingFailed : Failed;
}
/// How many tries there were, or 0 if they are to be made one by one.
long allTriesInOneProcess(Row const& row) {
  std::FILE* const log = std::tmpfile();
  auto const [status, said] = inProcess(log, [&](int report) { return runAllTries(row, report); });
  std::fclose(log);
  long tries = 0;
  bool const isFine = WIFEXITED(status) && WEXITSTATUS(status) == NothingFailed;
  if (isFine && said.size() == sizeof tries) std::memcpy(&tries, said.data(), sizeof tries);
  return tries;
}

void print(Row const& row, Count count) {
  std::printf("%-62.*s %5ld %5ld\n", static_cast<int>(row.verb.size()), row.verb.data(),
              count.tries, count.violations);
}

Count runRow(Row const& row) {
  Count count;
  if (amounts::isQuick()) {
    allocateWhatStays(row);
    count.tries = allTriesInOneProcess(row);
    if (count.tries != 0) {
      print(row, count);
      return count;
    }
  }
  Findings findings;
  int hangs = 0;
  forEachTry([&](long nth, Fail how) {
    if (hangs >= MostHangs || count.violations >= MostViolations) return false;
    Outcome const outcome = tryInProcess(row, nth, how);
    ++count.tries;
    if (!outcome.complaint.empty()) {
      ++count.violations;
      findings.add(outcome.complaint, nth, how);
    }
    hangs += outcome.hangs ? 1 : 0;
    return outcome.needsMore;
  });
  print(row, count);
  findings.print();
  return count;
}

int runOne(Row const& row, long nth, Fail how) {
  Outcome const outcome = tryInProcess(row, nth, how);
  std::printf("%.*s: %s\n", static_cast<int>(row.verb.size()), row.verb.data(),
              outcome.complaint.empty() ? "fine" : outcome.complaint.c_str());
  return outcome.complaint.empty() ? 0 : 1;
}

int runTable(int argc, char** argv) {
  bool const byText = argc > 2 && std::string_view(argv[1]) == "--row";
  std::string_view const wanted = byText ? argv[2] : argc > 1 ? argv[1] : "";
  long const nth = byText && argc > 4 ? std::atol(argv[3]) : 0;
  Count all;
  int failed = 0;
  long rows = 0;
  std::printf("%-62s %5s %5s\n", "verb", "tries", "wrong");
  for (Topic const& topic : table()) {
    if (!byText && !wanted.empty() && topic.name != wanted) continue;
    for (Row const& row : topic.rows) {
      if (byText && row.verb.find(wanted) == std::string_view::npos) continue;
      ++rows;
      if (nth > 0) {
        failed |=
            runOne(row, nth, argv[4] == std::string_view("on") ? Fail::FromThenOn : Fail::Once);
        continue;
      }
      Count const count = runRow(row);
      all.tries += count.tries;
      all.violations += count.violations;
    }
  }
  std::printf("%ld verbs, %ld tries, %ld violations\n", rows, all.tries, all.violations);
  if (rows == 0) {
    std::fprintf(stderr, "oom: no row of the table is called so\n");
    return 2;
  }
  return failed != 0 || all.violations != 0 ? 1 : 0;
}

}  // namespace
}  // namespace oom

int main(int argc, char** argv) {
  // The first search for leaks in a process takes twenty times as long as the next.
  if (oom::hasLeak()) return 2;
  return oom::runTable(argc, argv);
}
