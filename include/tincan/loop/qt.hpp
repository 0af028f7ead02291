// tincan/loop/qt.hpp - an endpoint in an event loop of Qt
#pragma once

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QBasicTimer>
#include <QtCore/QCoreApplication>
#include <QtCore/QEvent>
#include <QtCore/QObject>
#include <QtCore/QThread>

#include <optional>
#include <stdexcept>

#include <tincan/detail/loop/loop_tie.hpp>
#include <tincan/endpoint.hpp>

namespace tincan::inline abi0::loop {

/// Ties an endpoint to the event loop of its thread: that of QApplication or QCoreApplication, of a QThread, or
/// a QEventLoop. Timers may be made anywhere: the tie looks for them before the loop sleeps. Needs QtCore of Qt 5
/// or 6, and no moc.
///
///   Threads   Made, used and ended on the endpoint's thread, which runs the loop. Not for moveToThread().
///   Order     As poll() of the endpoint. After a hundred messages, other events have their turn.
///   Lifetime  As any QObject. The endpoint has one tie at a time, and is not moved meanwhile. It, or its bus, may
///             be closed or end before. A listener may end this.
///   Errors    WrongThread, Closed; std::logic_error if the thread has no event dispatcher yet: make the
///             QCoreApplication or the QEventLoop first.
class Qt : public QObject {
 public:
  /// Ties the endpoint to the loop of the calling thread. The tie ends with its parent, if it has one.
  explicit Qt(Endpoint& endpoint, QObject* parent = nullptr)
      : QObject(parent),
        tie_(endpoint, [this] { QCoreApplication::postEvent(this, new QEvent(wakeType())); }) {
    auto* const dispatcher = QAbstractEventDispatcher::instance(thread());
    if (dispatcher == nullptr) {
      throw std::logic_error("tincan: loop::Qt: this thread has no event dispatcher yet");
    }
    connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, this, [this] { update(); });
    update();
  }

 protected:
  bool event(QEvent* event) override {
    if (event->type() == wakeType()) {
      ready();
      return true;
    }
    return QObject::event(event);
  }
  void timerEvent(QTimerEvent*) override {
    alarm_.stop();
    armed_.reset();
    ready();
  }

 private:
  static QEvent::Type wakeType() {
    static int const type = QEvent::registerEventType();
    return static_cast<QEvent::Type>(type);
  }

  void ready() {
    if (tie_.poll()) update();
  }
  void update() {
    auto const deadline = tie_.nextDeadline();
    if (deadline == armed_) return;
    armed_ = deadline;
    if (deadline) alarm_.start(tie_.millisecondsUntil(*deadline), ::Qt::PreciseTimer, this);
    else alarm_.stop();
  }

  QBasicTimer alarm_{};
  std::optional<detail::LoopTie::TimePoint> armed_{};
  detail::LoopTie tie_;  // ends first
};

}  // namespace tincan::inline abi0::loop
