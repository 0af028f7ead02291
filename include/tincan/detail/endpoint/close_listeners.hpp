// tincan/detail/endpoint/close_listeners.hpp - who is told that an endpoint is closed
#pragma once

#include <memory>

#include <tincan/detail/process/mutex.hpp>

namespace tincan::inline abi0::detail {

class CloseListener;

/// The list of one endpoint's close listeners, which they and the endpoint hold.
struct CloseListenerList {
  BusMutex mutex;  // guards the list, its links, and what CloseListeners keeps
  /// Some of its listeners, in the order in which they were added.
  struct Part {
    CloseListener* first = nullptr;
    CloseListener* last = nullptr;
  };
  Part forClosing;
  Part forSilence;  // those that are told later
};

/// Something that ends with an endpoint: an answer that was promised for later, a port that is started
/// there.
///
///   Threads   Any.
///   Lifetime  Held by shared_ptr. May outlive the endpoint, and leaves the list by itself.
class CloseListener : public std::enable_shared_from_this<CloseListener> {
 public:
  CloseListener() = default;
  CloseListener(CloseListener const&) = delete;
  CloseListener& operator=(CloseListener const&) = delete;
  virtual ~CloseListener();

  /// The endpoint is closed, or silent if that is what it was added for. Called once, on any thread, with no lock
  /// held.
  virtual void endpointIsClosed() noexcept = 0;

 private:
  friend class CloseListeners;

  void unlink() noexcept;

  std::shared_ptr<CloseListenerList> list_;  // null: it was never added
  // Under the list's lock.
  CloseListenerList::Part* part_ = nullptr;  // of the list, in which it is or was
  CloseListener* before_ = nullptr;
  CloseListener* after_ = nullptr;
  bool isLinked_ = false;
};

/// The close listeners of one endpoint.
///
///   Threads   Any.
///   Order     One that is added before endpointIsClosed() is told, after those that were added before; who adds
///             one looks afterwards whether the endpoint is closed.
///   Progress  Only its making allocates.
class CloseListeners {
 public:
  /// Says whether only one thread comes here.
  void beAlone(bool isAlone) noexcept { list_->mutex.beAlone(isAlone); }

  /// Adds one, that is in no list; before other threads know of it.
  void add(std::shared_ptr<CloseListener> const& one) noexcept;

  /// Adds one that is told when the endpoint is closed and nothing more is sent in its name. False, and it is not
  /// added, if that is so already.
  [[nodiscard]] bool addForSilence(std::shared_ptr<CloseListener> const& one) noexcept;

  /// Keeps one until the endpoint is closed, if none is kept yet. Returns the one that is; null: the
  /// endpoint is closed.
  std::shared_ptr<CloseListener> keep(std::shared_ptr<CloseListener> const& one) noexcept;
  /// The close listener that keep() has kept; or null.
  std::shared_ptr<CloseListener> kept() const noexcept;

  /// Tells all of them, one after another, but for those that wait for silence.
  void endpointIsClosed() noexcept;
  /// Learns that nothing more is sent in the endpoint's name. Tells those that wait for that, if the endpoint is
  /// closed; else endpointIsClosed() will.
  void endpointIsSilent() noexcept;

 private:
  static void link(CloseListener& one, CloseListenerList::Part& part) noexcept;
  /// Takes the first one off that part of the list; null: there is none any more.
  [[nodiscard]] std::shared_ptr<CloseListener> takeOne(CloseListenerList::Part& part) noexcept;

  std::shared_ptr<CloseListenerList> const list_ = std::make_shared<CloseListenerList>();
  std::shared_ptr<CloseListener> kept_;  // under the list's lock
  bool isClosed_ = false;                // under the list's lock, as the next
  bool isSilent_ = false;
};

}  // namespace tincan::inline abi0::detail
