// tests/unit/sandbox.cpp - a process that is forbidden something after its first bus
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <iterator>

#include "child.hpp"
#include "support.hpp"

using namespace test;

namespace {

/// From now on the kernel refuses it.
bool forbidMembarrier() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog const program{static_cast<unsigned short>(std::size(code)), code};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

TEST_CASE("a process that may use membarrier no more stops with a sentence") {
  std::string const outcome = inChild([](Verdict const& verdict) {
    tincan::Bus bus;
    auto window = bus.attach("window");
    window.send("x");
    bus.main().poll();
    if (!tincan::detail::ThreadPlatform::hasHeavyBarrier() || !forbidMembarrier()) {
      verdict.say("not here");
      verdict.end();
    }
    verdict.saysStderr();
    window.close();
  });
  if (outcome == "not here") return;  // no membarrier, or no seccomp
  REQUIRE(contains(outcome, "tincan: the system refuses membarrier(2)"));
  REQUIRE(outcome.ends_with("signal " + std::to_string(SIGABRT)));
}
