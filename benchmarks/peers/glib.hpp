// benchmarks/peers/glib.hpp - GLib: g_main_context_invoke to a context that B owns and iterates
//
// Not idle sources, whose priority is the lowest: the same sources at the default priority. B polls.
#pragma once

#include <fmt/format.h>
#include <glib.h>

#include <functional>
#include <string>
#include <utility>

#include "desk.hpp"

namespace bench {

class Glib {
 public:
  static constexpr auto key = "glib";
  static std::string title() {
    return fmt::format("GLib {}.{}.{} g_main_context_invoke", glib_major_version,
                       glib_minor_version, glib_micro_version);
  }

  Glib() = default;
  Glib(Glib const&) = delete;
  Glib& operator=(Glib const&) = delete;
  ~Glib() { g_main_context_unref(context_); }

  // For good: while nobody owned the context, A would run its callables itself.
  void open() { require(g_main_context_acquire(context_) != 0, "GLib: the context is not ours"); }
  void close() { g_main_context_release(context_); }

  template <class F>
  void post(F f) {
    g_main_context_invoke_full(context_, G_PRIORITY_DEFAULT, run<F>, new F(std::move(f)), end<F>);
  }

  void poll() { g_main_context_iteration(context_, 0); }

 private:
  template <class F>
  static gboolean run(gpointer job) {
    (*static_cast<F*>(job))();
    return G_SOURCE_REMOVE;
  }

  template <class F>
  static void end(gpointer job) {
    delete static_cast<F*>(job);
  }

  GMainContext* const context_ = g_main_context_new();
};

}  // namespace bench
