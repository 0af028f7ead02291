// tests/ctrl_c/interrupt.cpp - starts a program again and again, and ends it by Ctrl-C at random moments
//
//   interrupt TIMES LATEST ENOUGH PROGRAM [ARGUMENT...]
//
// The moments are LATEST milliseconds after the start at most. Each must end by itself with status 0 (or by the signal, if that came before the program took it over) in
// two seconds, and nine of ten within ENOUGH milliseconds. Prints how long they took.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;
using namespace std::chrono_literals;

constexpr unsigned MostSeconds = 2;
pid_t child = 0;

/// One that does not end is a failure, and not the end of this.
void endChild(int) { kill(child, SIGKILL); }

struct End {
  Milliseconds took;
  bool isClean, isEarly;
};

End interrupt(char** command, Clock::duration after) {
  child = fork();
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stdout) != nullptr) execv(command[0], command);
    _exit(127);
  }
  std::this_thread::sleep_for(after);
  auto const begin = Clock::now();
  kill(child, SIGINT);
  alarm(MostSeconds);
  int status = 0;
  waitpid(child, &status, 0);
  alarm(0);
  bool const isEarly = WIFSIGNALED(status) && WTERMSIG(status) == SIGINT;
  return {Clock::now() - begin, isEarly || (WIFEXITED(status) && WEXITSTATUS(status) == 0),
          isEarly};
}

}  // namespace

int main(int count, char** arguments) {
  int const times = count > 4 ? std::atoi(arguments[1]) : 0;
  int const latest = count > 4 ? std::atoi(arguments[2]) : 0;
  Milliseconds const enough(count > 4 ? std::atoi(arguments[3]) : 0);
  if (times <= 0 || latest <= 0 || enough.count() <= 0) {
    std::fputs("usage: interrupt TIMES LATEST ENOUGH PROGRAM [ARGUMENT...]\n", stderr);
    return 2;
  }
  struct sigaction action {};
  action.sa_handler = endChild;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);

  std::mt19937 engine(std::random_device{}());
  std::uniform_int_distribution<int> microseconds(0, latest * 1000);
  std::vector<Milliseconds> took;
  int dirty = 0, early = 0;
  for (int i = 0; i < times; ++i) {
    End const end = interrupt(arguments + 4, std::chrono::microseconds(microseconds(engine)));
    dirty += end.isClean ? 0 : 1;
    early += end.isEarly ? 1 : 0;
    took.push_back(end.took);
  }
  std::sort(took.begin(), took.end());
  auto const quick =
      std::count_if(took.begin(), took.end(), [&](auto one) { return one <= enough; });
  std::printf(
      "%s: %ld of %d ended within %.0f ms; median %.1f ms, longest %.1f ms; %d before it "
      "listened\n",
      arguments[4], static_cast<long>(quick), times, enough.count(), took[took.size() / 2].count(),
      took.back().count(), early);
  if (dirty != 0) std::printf("%d did not end as they should\n", dirty);
  return dirty == 0 && quick * 10 >= times * 9 ? 0 : 1;
}
