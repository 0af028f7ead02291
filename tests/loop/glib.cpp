// tests/loop/glib.cpp - ties to a GMainContext
#include <tincan/loop/glib.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace {

struct Loop {
  std::unique_ptr<GMainContext, void (*)(GMainContext*)> context{g_main_context_new(),
                                                                 g_main_context_unref};
  std::unique_ptr<tincan::loop::Glib> tie;

  void begin(tincan::Endpoint& endpoint) {
    tie = std::make_unique<tincan::loop::Glib>(endpoint, context.get());
  }
  void soon(std::function<void()> function) {
    GSource* const source = g_idle_source_new();
    g_source_set_callback(
        source,
        [](void* data) -> gboolean {
          (*static_cast<std::function<void()>*>(data))();
          return G_SOURCE_REMOVE;
        },
        new std::function<void()>(std::move(function)),
        [](void* data) { delete static_cast<std::function<void()>*>(data); });
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_attach(source, context.get());
    g_source_unref(source);
  }
  void update() {}
  template <class Condition>
  void runUntil(Condition&& isOver) {
    while (!isOver()) turn();
  }
  void turn() { g_main_context_iteration(context.get(), TRUE); }
};

}  // namespace

#include "cases.hpp"

TEST_CASE("loop::Glib: the default context, and one's own priority") {
  Guard const guard;
  tincan::Bus bus;
  tincan::loop::Glib const tie(bus.main(), nullptr, G_PRIORITY_DEFAULT_IDLE);
  bool isCalled = false;
  bus.main().post([&] { isCalled = true; });
  while (!isCalled) g_main_context_iteration(nullptr, TRUE);
}
