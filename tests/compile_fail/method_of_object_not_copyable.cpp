// expect: tincan: the object of a method is given by a pointer, a std::shared_ptr or a std::weak_ptr.
#include <tincan/tincan.hpp>

struct Log {
  void onText(int) {}
  tincan::ScopedListener listener;
};

void test(tincan::Main& main, Log& log) { main.on("text", log, &Log::onText); }
