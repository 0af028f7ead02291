// tincan/renderer_thread.hpp - the handle of a thread that a bus has spawned
#pragma once

#include <memory>
#include <utility>

#include <tincan/detail/engine.hpp>
#include <tincan/peer.hpp>

namespace tincan::inline abi0 {

namespace detail {
class ThreadRecord;
}

/// The handle of a thread that runs the body of a renderer.
///
///   Threads   One at a time.
///   Lifetime  Its end quits the renderer and joins the thread. If the renderer waits for this very thread
///             at that moment, it is closed instead, and its wait ends with Closed. Of a simulated bus: on
///             another thread than that of the simulation it is a line on stderr, and the renderer goes on.
class [[nodiscard]] RendererThread {
 public:
  RendererThread(RendererThread&&) noexcept = default;
  RendererThread& operator=(RendererThread&& other) noexcept;
  ~RendererThread() { end(); }

  /// Returns a handle to the renderer.
  Peer peer() const;

  /// Blocks until the body has returned. Throws Deadlock if the body waits for this thread.
  void join();

 private:
  friend class Bus;
  explicit RendererThread(std::shared_ptr<detail::ThreadRecord> record) noexcept
      : record_(std::move(record)) {}

  void end() noexcept;

  std::shared_ptr<detail::ThreadRecord> record_;
};

}  // namespace tincan::inline abi0

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/renderer_thread.ipp>
#endif
