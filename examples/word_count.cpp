// examples/word_count.cpp - counts the words of a text: main reads, the renderers count
//
//   renderer                                  main
//     sendSync "leave-out"         --------->   which words do not count?
//     send "more"                  --------->   a few times to begin with, then after each piece
//     on "text"                    <---------   a piece of the text, for every "more"
//     on "text-over"               <---------   broadcast, once
//     send "counts"                --------->   adds them up; the last one ends the run
//
// Main reads only when a renderer asks, so a text of any length takes the memory of a few pieces.
#include <tincan/tincan.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Counts = std::unordered_map<std::string, std::uint64_t>;

constexpr int piecesAhead = 8;  // how many pieces a renderer may have waiting
constexpr std::size_t pieceSize = 16 * 1024;
constexpr std::size_t longestWord = 1024 * 1024;
constexpr unsigned mostRenderers = 256;

constexpr auto usage = R"(usage: word_count [OPTION]... FILE...
Counts the words of the files ('-' is standard input) and prints the ten most frequent ones.
A word is a run of the letters A to Z; upper and lower case are the same.

  --renderers N       count on N threads, 1 to 256 (default: one per core but one, at least 2)
  --leave-out common  leave out words like "the" and "of" (default)
  --leave-out none    count every word
  --all               print the count of every word, as 'uniq -c' does, and nothing else
  --help              print this

An empty file is reported and counts as no words. Exit status: 0, 1 if the text cannot be read
(also: a directory, a binary file), 2 if the command line is wrong.
)";

std::vector<std::string> const commonWords = {
    "a",  "an", "and", "are", "as", "at", "be", "by",   "for", "from", "has", "in",   "is",
    "it", "no", "not", "of",  "on", "or", "s",  "that", "the", "this", "to",  "with", "you"};

void complain(std::string const& message) { std::fputs(message.c_str(), stderr); }

// ---- the command line -------------------------------------------------------

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Options {
  unsigned renderers = std::clamp(std::thread::hardware_concurrency(), 3U, mostRenderers) - 1;
  bool leaveOutCommon = true;
  bool all = false;
  bool help = false;
  std::vector<std::string> files;
};

unsigned parseRenderers(std::string_view text) {
  unsigned n = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n < 1 || n > mostRenderers) {
    throw UsageError(
        fmt::format("--renderers takes a number from 1 to {}, not '{}'", mostRenderers, text));
  }
  return n;
}

bool parseLeaveOut(std::string_view text) {
  if (text != "common" && text != "none") {
    throw UsageError(fmt::format("--leave-out takes 'common' or 'none', not '{}'", text));
  }
  return text == "common";
}

Options parse(std::vector<std::string_view> const& arguments) {
  Options options;
  for (auto at = arguments.begin(); at != arguments.end(); ++at) {
    auto const option = *at;
    auto const value = [&] {
      if (++at == arguments.end()) throw UsageError(fmt::format("{} needs a value", option));
      return *at;
    };
    if (option == "--help") {
      options.help = true;
    } else if (option == "--all") {
      options.all = true;
    } else if (option == "--renderers") {
      options.renderers = parseRenderers(value());
    } else if (option == "--leave-out") {
      options.leaveOutCommon = parseLeaveOut(value());
    } else if (option.starts_with('-') && option != "-") {
      throw UsageError(fmt::format("unknown option '{}'", option));
    } else {
      options.files.emplace_back(option);
    }
  }
  if (options.files.empty() && !options.help) throw UsageError("no file given");
  return options;
}

// ---- the text ---------------------------------------------------------------

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

char toLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// All files, one after the other, in pieces that break between lines.
class Text {
 public:
  explicit Text(std::vector<std::string> files) : files_(std::move(files)) {}

  /// The next piece; nothing at the end. Throws if a file cannot be read or is no text.
  std::optional<std::string> next() {
    while (file_ || open()) {
      auto const more = readOn();
      auto const length = more ? wholeLines() : rest_.size();
      if (!more) close();
      if (length > 0) return cut(length);
    }
    return std::nullopt;
  }

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t lines() const { return lines_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const {
      if (file != stdin) std::fclose(file);
    }
  };

  bool open() {
    if (opened_ == files_.size()) return false;
    name_ = files_[opened_++];
    bytesBefore_ = bytes_;
    file_.reset(name_ == "-" ? stdin : std::fopen(name_.c_str(), "r"));
    if (!file_) throw std::system_error(errno, std::generic_category(), name_);
    return true;
  }

  void close() {
    file_.reset();
    if (bytes_ == bytesBefore_) complain(fmt::format("word_count: {}: empty file\n", name_));
  }

  /// Appends to rest_; false at the end of the file.
  bool readOn() {
    auto const old = rest_.size();
    if (old > longestWord)
      throw std::runtime_error(name_ + ": no text (a word of over a megabyte)");
    rest_.resize(old + pieceSize);
    auto const got = std::fread(rest_.data() + old, 1, pieceSize, file_.get());
    if (std::ferror(file_.get())) throw std::system_error(errno, std::generic_category(), name_);
    rest_.resize(old + got);
    if (rest_.find('\0', old) != std::string::npos) {
      throw std::runtime_error(name_ + ": binary file (it contains a NUL byte)");
    }
    bytes_ += got;
    return got > 0;
  }

  /// How much of rest_ is whole lines; of a line that is too long, whole words.
  std::size_t wholeLines() const {
    auto const newline = rest_.rfind('\n');
    if (newline != std::string::npos) return newline + 1;
    auto const gap = std::find_if_not(rest_.rbegin(), rest_.rend(), isLetter);
    return static_cast<std::size_t>(rest_.rend() - gap);
  }

  std::string cut(std::size_t length) {
    auto rest = rest_.substr(length);
    rest_.resize(length);
    lines_ += static_cast<std::uint64_t>(std::count(rest_.begin(), rest_.end(), '\n'));
    if (!file_ && rest_.back() != '\n') ++lines_;  // the last line of a file may lack its end
    return std::exchange(rest_, std::move(rest));
  }

  std::vector<std::string> files_;
  std::size_t opened_ = 0;
  std::unique_ptr<std::FILE, Close> file_;
  std::string name_;
  std::string rest_;  // read, but not yet handed out
  std::uint64_t bytes_ = 0, bytesBefore_ = 0, lines_ = 0;
};

/// On a terminal, says how much of a long text has been read, five times a second.
class Progress {
 public:
  ~Progress() {
    if (shown_) complain(fmt::format("\r{:30}\r", ""));
  }

  void update(Text const& text) {
    if (!terminal_ || Clock::now() < next_) return;
    next_ = Clock::now() + std::chrono::milliseconds(200);
    shown_ = true;
    complain(fmt::format("\r{} MB read ", text.bytes() / 1'000'000));
  }

 private:
  bool terminal_ = isatty(STDERR_FILENO) == 1;
  bool shown_ = false;
  Clock::time_point next_ = Clock::now() + std::chrono::milliseconds(500);
};

// ---- the renderers' side ----------------------------------------------------

void addWords(Counts& counts, std::string_view text,
              std::unordered_set<std::string> const& leaveOut) {
  std::string word;
  auto at = text.begin();
  while (at != text.end()) {
    at = std::find_if(at, text.end(), isLetter);
    auto const end = std::find_if_not(at, text.end(), isLetter);
    word.resize(static_cast<std::size_t>(end - at));
    std::transform(at, end, word.begin(), toLower);
    if (!word.empty() && !leaveOut.contains(word)) ++counts[word];
    at = end;
  }
}

/// What every renderer's thread does: ask for text and count it until it is over.
void countWords(tincan::Renderer& ipc) {
  auto const words = ipc.sendSync<std::vector<std::string>>("leave-out");
  std::unordered_set<std::string> const leaveOut(words.begin(), words.end());
  Counts counts;

  ipc.on("text", [&](std::string const& piece) {
    addWords(counts, piece, leaveOut);
    ipc.send("more");
  });
  ipc.on("text-over", [&] {
    ipc.send("counts", std::move(counts));
    ipc.quit();
  });

  for (int i = 0; i < piecesAhead; ++i) ipc.send("more");
  ipc.run();
}

// ---- main's side ------------------------------------------------------------

struct Result {
  Counts counts;
  std::uint64_t lines = 0;
  std::uint64_t messages = 0;
  std::chrono::duration<double> time{};
};

void add(Counts& total, Counts& counts) {
  total.merge(counts);  // moves the words that are new and leaves the others behind
  for (auto const& [word, n] : counts) total[word] += n;
}

Result countWithRenderers(Options const& options) {
  auto const start = Clock::now();
  Result result;
  Text text(options.files);
  Progress progress;
  std::exception_ptr failure;
  bool over = false;
  unsigned counting = options.renderers;

  // These are joined when they end, after the bus has closed and released whoever waits for main.
  std::vector<tincan::RendererThread> renderers;
  tincan::Bus bus;
  tincan::Main& ipcMain = bus.main();

  // Whatever a listener throws, on any thread, ends the run.
  bus.onError([&](tincan::ErrorReport const& report) {
    ipcMain.post([&, exception = report.exception] {
      if (!failure) failure = exception;
      ipcMain.quit();
    });
  });

  ipcMain.on("leave-out", [&](tincan::Event& event) {
    event.returnValue = options.leaveOutCommon ? commonWords : std::vector<std::string>{};
  });
  ipcMain.on("more", [&](tincan::Event& event) {
    if (over) return;
    if (auto piece = text.next()) {
      event.sender.send("text", std::move(*piece));
      progress.update(text);
    } else {
      over = true;
      ipcMain.broadcast("text-over");
    }
  });
  ipcMain.on("counts", [&](Counts& counts) {
    add(result.counts, counts);
    if (--counting == 0) ipcMain.quit();
  });

  for (unsigned i = 0; i < options.renderers; ++i) {
    renderers.push_back(bus.spawn(fmt::format("counter-{}", i + 1), countWords));
  }
  ipcMain.run();  // until the last counts are here
  if (failure) std::rethrow_exception(failure);

  result.lines = text.lines();
  result.messages = bus.stats().sent;
  result.time = Clock::now() - start;
  return result;
}

// ---- the result -------------------------------------------------------------

using Ranking = std::vector<std::pair<std::string, std::uint64_t>>;

Ranking rank(Counts const& counts) {
  Ranking ranking(counts.begin(), counts.end());
  std::sort(ranking.begin(), ranking.end(), [](auto const& a, auto const& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  return ranking;
}

void printTotals(Result const& result) {
  std::uint64_t words = 0;
  for (auto const& [word, n] : result.counts) words += n;
  auto const perSecond = static_cast<double>(result.messages) / result.time.count();
  fmt::print("\n{} lines, {} words, {} distinct words\n", result.lines, words,
             result.counts.size());
  fmt::print("{} messages, {:.0f} per second\n", result.messages, perSecond);
}

void print(Result const& result, bool all) {
  auto const ranking = rank(result.counts);
  auto const shown = all ? ranking.size() : std::min<std::size_t>(10, ranking.size());
  for (std::size_t i = 0; i < shown; ++i)
    fmt::print("{:7} {}\n", ranking[i].second, ranking[i].first);
  if (!all) printTotals(result);
  if (std::fflush(stdout) != 0) throw std::system_error(errno, std::generic_category(), "output");
}

}  // namespace

int main(int argc, char* argv[]) try {
  auto const options = parse({argv + 1, argv + argc});
  if (options.help) {
    fmt::print("{}", usage);
  } else {
    print(countWithRenderers(options), options.all);
  }
  return 0;
} catch (UsageError const& error) {
  complain(fmt::format("word_count: {}\n{}", error.what(), usage));
  return 2;
} catch (std::exception const& error) {
  complain(fmt::format("word_count: {}\n", error.what()));
  return 1;
}
