#!/bin/sh
# Weakens the lock-free headers in one place at a time, and expects a model to fail each time.
#   usage: mutants.sh [--quick] [--short] [--only <text of the name>]
#   --quick       three mutants
#   --short       the models in their short form only, without the mutants that need the long one
#   CXX           the compiler (default: g++)
#   TINCAN_ROOT   the folder that holds include/ (default: this repository)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=${TINCAN_ROOT:-$here/../..}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

quick=''
short=''
only=''
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=1 short=1 ;;
    --short) short=1 ;;
    --only)
      only=${2:?--only what?}
      shift
      ;;
    *)
      echo "usage: $0 [--quick] [--short] [--only <text>]" >&2
      exit 2
      ;;
  esac
  shift
done

killed=0
bad=0
report() { printf '%-58s %-7s %s\n' "$1" "$2" "$3"; }
trouble() {
  report "$@"
  bad=$((bad + 1))
}

# mutant <name> <model> <header> <text, exactly once in it> <its replacement> [<scenario> [long]]
# A mutant that survives the short form of its model is shown the long form of that scenario; `long`:
# only that kills it.
mutant() {
  case $1 in *"$only"*) ;; *) return 0 ;; esac
  if [ -n "$short" ] && [ -n "${7:-}" ]; then return 0; fi
  rm -rf "$work/include"
  cp -R "$root/include" "$work/include"
  header=$(find "$work/include/tincan/detail" -name "$3")
  # shellcheck disable=SC2016  # awk's dollars
  if ! OLD=$4 NEW=$5 awk '
    { text = text $0 "\n" }
    END {
      old = ENVIRON["OLD"]
      at = index(text, old)
      if (at == 0) exit 3
      rest = substr(text, at + length(old))
      if (index(rest, old) != 0) exit 4
      printf "%s%s%s", substr(text, 1, at - 1), ENVIRON["NEW"], rest
    }' "$header" > "$work/mutated"; then
    trouble "$1" "$2" 'ERROR: its text is not in the header, or not once'
    return 0
  fi
  mv "$work/mutated" "$header"
  if ! "${CXX:-g++}" -std=c++20 -O1 -w -I "$work/include" "$here/$2.cpp" -o "$work/model" \
    > "$work/log" 2>&1; then
    trouble "$1" "$2" 'ERROR: does not compile'
    head -n 5 "$work/log"
    return 0
  fi
  if ! "$work/model" --quick --first --only "${6:-}" > "$work/log" 2>&1; then
    :
  elif [ -n "$short" ] || "$work/model" --first --only "${6:-}" > "$work/log" 2>&1; then
    trouble "$1" "$2" SURVIVES
    return 0
  fi
  if ! grep -q ' executions ' "$work/log" && grep -q . "$work/log"; then
    trouble "$1" "$2" 'ERROR: did not run'
    head -n 5 "$work/log"
    return 0
  fi
  killed=$((killed + 1))
  report "$1" "$2" "killed$(sed -n '/ executions /{/ ok$/!{s/.* \([0-9]* executions\) .* s  \(.*\)/ after \1: \2/p;};}' \
    "$work/log" | head -n 1)"
}

# Three that every short run can afford.
mutant 'lane: publish() relaxed' lane lane.hpp \
  'cell.word.store(word, std::memory_order_release);' \
  'cell.word.store(word, std::memory_order_relaxed);'
mutant 'inbox: no second look' causal causal_batch.hpp \
  'word = lane->lookAgain();' \
  'word = 0;' 'lanes listed'
mutant 'answer: a look at the state after publishing' answer answer_state.hpp \
  'std::uint32_t const before = bits_.exchange(Ready, std::memory_order_acq_rel);' \
  'std::uint32_t before = bits_.exchange(Ready, std::memory_order_acq_rel);
   before |= bits_.load(std::memory_order_acquire);'

if [ -z "$quick" ]; then
  # ---- ports
  mutant 'ports: tickets of before are valid' ports port_ends.hpp \
    'if (end.epoch != epoch || first == nullptr ||' \
    'if (first == nullptr ||'
  mutant 'ports: a message is appended without looking again' ports port_ends.hpp \
    'return end.epoch == epoch ? Fit::Fits : Fit::Moved;' \
    'return Fit::Fits;'
  mutant 'ports: any endpoint closes the end that was there' ports port_ends.hpp \
    'if (end.service.watch.get() != watch) return;' \
    'static_cast<void>(watch);'
  # ---- waits
  mutant 'waits: end() does not wait for walks' waits wait_graph.hpp \
    'if (walking_.observe() != Nobody) [[unlikely]]' \
    'if (false)'
  mutant 'waits: publish() relaxed' waits wait_graph.hpp \
    'self.waiting.store(&wait, std::memory_order_release);' \
    'self.waiting.store(&wait, std::memory_order_relaxed);'
  mutant 'waits: nobody looks before sleeping' waits wait_graph.hpp \
    'if (found != Found::Stuck ||' \
    'if (toSleep || found != Found::Stuck ||'
  mutant 'waits: who sleeps at an end does not count as who answers' waits node_judge.hpp \
    'if (thread == nullptr) thread = asleep_.atEnd(party.settledBy());' \
    '' 'of what nobody polls'
  mutant 'waits: an inner wait hides what others rely on' waits wait_graph.hpp \
    'if (wait.outer != nullptr) [[unlikely]]' \
    'if (false)' 'a wait in a wait'
  mutant 'waits: nobody is told first' waits wait.hpp \
    'if (told != other.told) return told < other.told;' \
    '' 'told first'
  mutant 'waits: of two the one with the larger clock is told, whoever waited first' waits wait.hpp \
    'if (looked != other.hasLooked.load(std::memory_order_acquire)) return !looked;' \
    '' 'waited first'
  mutant 'waits: the one who closed the circle is not nudged' waits wait_graph.hpp \
    'if (last->isAsleep) last->state->nudge();' \
    ''
  mutant 'waits: the wait outside is not there again' waits wait_graph.hpp \
    'self.waiting.store(wait.outer, std::memory_order_release);' \
    'self.waiting.store(nullptr, std::memory_order_release);' 'a wait in a wait'
  mutant 'waits: nobody is made to leave' waits sleeping_waits.hpp \
    'if (chosen(*wait)) wait->state->nudge();' \
    '' joined
  mutant 'waits: a sleeper may miss that its answer is deferred' waits answer_state.hpp \
    'bits_.fetch_or(Deferred, std::memory_order_seq_cst);' \
    'bits_.fetch_or(Deferred, std::memory_order_acq_rel);' 'a Task needs'
  mutant 'waits: nobody tells a sleeper of a Task' waits wait_graph.hpp \
    'if (asleep_.isEmpty()) return;' \
    'return;' 'a Task needs'
  mutant 'waits: a Task goes on under a walk' waits wait_graph.hpp \
    '    published.store(nullptr, std::memory_order_release);
    letWalkEnd();' \
    '    published.store(nullptr, std::memory_order_release);' 'a Task goes on'
  mutant 'waits: who left it to another one does not look again' waits wait_graph.hpp \
    'mustLookAgain_ = mustLookAgain_ || search_.hasFoundTasks();' \
    '' 'circles through one Task'
  # ---- answers that are brought
  mutant 'answer: undelivered() relaxed' answer answer_state.hpp \
    'return (bits_.fetch_or(Lost, std::memory_order_acq_rel) & Abandoned) != 0;' \
    'return (bits_.fetch_or(Lost, std::memory_order_relaxed) & Abandoned) != 0;' 'brought'
  mutant 'answer: forgo() relaxed' answer answer_state.hpp \
    'return (bits_.fetch_or(Abandoned, std::memory_order_acq_rel) & Lost) != 0;' \
    'return (bits_.fetch_or(Abandoned, std::memory_order_relaxed) & Lost) != 0;' 'brought'
  mutant 'answer: proceedElsewhere() relaxed' answer answer_state.hpp \
    'return (bits_.fetch_or(Elsewhere, std::memory_order_acq_rel) & Ready) == 0;' \
    'return (bits_.fetch_or(Elsewhere, std::memory_order_relaxed) & Ready) == 0;' 'brought'
  mutant 'answer: undelivered() looks first' answer answer_state.hpp \
    'return (bits_.fetch_or(Lost, std::memory_order_acq_rel) & Abandoned) != 0;' \
    'bool const gone = (bits_.load(std::memory_order_acquire) & Abandoned) != 0;
     bits_.fetch_or(Lost, std::memory_order_acq_rel);
     return gone;' 'brought'
  # ---- lane
  mutant 'lane: front() relaxed' lane lane_taker.hpp \
    'return cell.word.load(std::memory_order_acquire) > taken_ ? &cell : nullptr;' \
    'return cell.word.load(std::memory_order_relaxed) > taken_ ? &cell : nullptr;'
  mutant 'lane: append() links relaxed' lane lane_reader.hpp \
    'last.next.store(&chunk, std::memory_order_release);' \
    'last.next.store(&chunk, std::memory_order_relaxed);'
  mutant 'lane: append() shows the tail relaxed' lane lane_reader.hpp \
    'tail_.store(&chunk, std::memory_order_release);' \
    'tail_.store(&chunk, std::memory_order_relaxed);'
  mutant 'lane: following() relaxed' lane lane_chunk.hpp \
    'return next.load(std::memory_order_acquire);' \
    'return next.load(std::memory_order_relaxed);'
  mutant 'lane: look() at the tail relaxed' lane lane_reader.hpp \
    'Chunk* const tail = tail_.load(std::memory_order_acquire);' \
    'Chunk* const tail = tail_.load(std::memory_order_relaxed);'
  mutant 'lane: a spare chunk is given relaxed' lane chunk_pool.hpp \
    'given_.store(in_, std::memory_order_release);' \
    'given_.store(in_, std::memory_order_relaxed);'
  mutant 'lane: a spare chunk is taken relaxed' lane chunk_pool.hpp \
    'if (given_.load(std::memory_order_acquire) == out) return nullptr;' \
    'if (given_.load(std::memory_order_relaxed) == out) return nullptr;'
  mutant 'lane: the place of a spare chunk is cleared relaxed' lane chunk_pool.hpp \
    'taken_.store(out + 1, std::memory_order_release);' \
    'taken_.store(out + 1, std::memory_order_relaxed);'
  mutant 'lane: the place for a spare chunk is looked at relaxed' lane chunk_pool.hpp \
    'taken_.load(std::memory_order_acquire) == Most' \
    'taken_.load(std::memory_order_relaxed) == Most'
  mutant 'lane: pinned chunks given back at once' lane lane_taker.hpp \
    'if (pins_ != 0) {' \
    'if (false) {'
  mutant 'lane: a run gives its cells back at once' lane lane_taker.hpp \
    'Pin const pinned(*this);' \
    '' runs
  mutant 'lane: abandon() relaxed' lane lane.hpp \
    'abandoned_.store(1, std::memory_order_release);' \
    'abandoned_.store(1, std::memory_order_relaxed);'
  mutant 'lane: abandoned() relaxed' lane lane.hpp \
    'return abandoned_.load(std::memory_order_acquire) != 0;' \
    'return abandoned_.load(std::memory_order_relaxed) != 0;'

  # ---- inbox
  mutant 'inbox: the second look forgets the enlisted' causal causal_batch.hpp \
    'if (roster.hasEnlisted()) limit =' \
    'if (false) limit =' retired
  mutant 'inbox: a round of one forgets the enlisted' causal causal_rounds.hpp \
    'if (!roster.hasEnlisted()) [[likely]]' \
    'if (true)' 'one lane listed'
  mutant 'inbox: enlist() relaxed' inbox enlisted_lanes.hpp \
    'head, static_cast<void*>(&lane), std::memory_order_seq_cst,' \
    'head, static_cast<void*>(&lane), std::memory_order_relaxed,'
  mutant 'inbox: takeAll() relaxed' inbox enlisted_lanes.hpp \
    'head = enlisted_.exchange(nullptr, std::memory_order_acq_rel);' \
    'head = enlisted_.exchange(nullptr, std::memory_order_relaxed);'
  mutant 'inbox: hasAny() relaxed' causal enlisted_lanes.hpp \
    'void* const head = enlisted_.load(std::memory_order_acquire);' \
    'void* const head = nullptr;'

  # ---- signal
  mutant 'signal: observe() only loads' close asymmetric_flag.hpp \
    'return value_.fetch_or(0, std::memory_order_acq_rel) &' \
    'return value_.load(std::memory_order_acquire);'
  mutant 'signal: observe() acquires only' close asymmetric_flag.hpp \
    'return value_.fetch_or(0, std::memory_order_acq_rel) &' \
    'return value_.fetch_or(0, std::memory_order_acquire) &'
  mutant 'signal: set() only stores' close asymmetric_flag.hpp \
    'value_.exchange(stored(value), std::memory_order_seq_cst);' \
    'value_.store(stored(value), std::memory_order_seq_cst);'
  mutant 'signal: set() not seq_cst' sleep asymmetric_flag.hpp \
    'value_.exchange(stored(value), std::memory_order_seq_cst);' \
    'value_.exchange(stored(value), std::memory_order_acq_rel);' 'after a signal'
  mutant 'signal: no light barrier' close asymmetric_flag.hpp \
    'Platform::lightBarrier();' \
    '' heavy
  mutant 'signal: no heavy barrier' close asymmetric_flag.hpp \
    'if (isHeavy_) Platform::heavyBarrier();' \
    '' heavy

  # ---- sleeping, waking, closing
  mutant 'inbox: interrupt() looks relaxed' sleep enlisted_lanes.hpp \
    'void* seen = enlisted_.load(std::memory_order_seq_cst);' \
    'void* seen = enlisted_.load(std::memory_order_relaxed);' interrupted
  mutant 'inbox: sleep() says so without seq_cst' sleep enlisted_lanes.hpp \
    'if (!enlisted_.compare_exchange_strong(seen, asleep(), std::memory_order_seq_cst,' \
    'if (!enlisted_.compare_exchange_strong(seen, asleep(), std::memory_order_acq_rel,' interrupted
  mutant 'inbox: sleep() does not look whether something is enlisted' sleep enlisted_lanes.hpp \
    'if (!enlisted_.compare_exchange_strong(seen, asleep(), std::memory_order_seq_cst,' \
    'enlisted_.store(asleep(), std::memory_order_seq_cst);
     if (seen != nullptr && !enlisted_.compare_exchange_strong(seen, asleep(), std::memory_order_seq_cst,'
  mutant 'inbox: sleep() does not notice' sleep enlisted_lanes.hpp \
    'if (!notice()) bell_.wait(deadline);' \
    'bell_.wait(deadline);' interrupted
  mutant 'inbox: the bell is hushed after saying so' sleep enlisted_lanes.hpp \
    'if (!notice()) bell_.wait(deadline);' \
    'bell_.quiet(); if (!notice()) bell_.wait(deadline);'
  mutant 'inbox: retire() does not look once more' sleep lane_roster.hpp \
    'lane->front() == nullptr || !lane->signal' \
    'true || lane->front() == nullptr || !lane->signal'
  mutant 'group bell: ring() does not wake' group_sleep group_bell.hpp \
    'Platform::wake(rings_);' \
    ''
  mutant 'group bell: it goes before all have rung' group_sleep group_bell.hpp \
    'while (rings_.load(std::memory_order_acquire) < rings) Platform::yield();' \
    'static_cast<void>(rings);'
  mutant 'group sleep: an interruption does not ring the group' group_sleep enlisted_lanes.hpp \
    'seen == asleep() ? bell_.ring() : ringForGroup();' \
    'if (seen == asleep()) bell_.ring();' interrupted
  mutant 'doorbell: ring() does not wake' sleep doorbell.hpp \
    'Platform::wake(rung_);' \
    ''

  # ---- cells that are closed, and prepared
  mutant 'lane: close() leaves the cell open' lane lane.hpp \
    'void close() noexcept { --next_; }' \
    'void close() noexcept {}' 'cells that could not be filled'
  mutant 'lane: prepareTwo() thinks of one' lane lane.hpp \
    'if (end_ - next_ < 2 && ready_ == nullptr)' \
    'if (end_ - next_ < 1 && ready_ == nullptr)' 'messages of two cells'
  # ---- lanes that are dropped
  mutant 'inbox: lanes are collected before it is known which may go' inbox inbox.hpp \
    'abandoned_.collect();
    roster.collect();' \
    'roster.collect();
    abandoned_.collect();' dropped
  mutant 'inbox: lanes go that are not empty' inbox inbox.hpp \
    'return lane.front() == nullptr && !this->mayKeep(lane);' \
    'return !this->mayKeep(lane);' dropped
  mutant 'inbox: lanes go that were left to the next round' inbox inbox.hpp \
    'return lane.front() == nullptr && !this->mayKeep(lane);' \
    'return lane.front() == nullptr;' 'one by one'
  mutant 'inbox: lanes go at which a round inside has looked later' inbox causal_rounds.hpp \
    'kept_->round() <= lane.atInbox.lastLookBy' \
    'kept_->round() == lane.atInbox.lastLookBy' 'one by one'
  mutant 'inbox: a lane that goes stays listed' inbox inbox.hpp \
    'roster.remove(lane);
      drop' \
    'drop' dropped
  mutant 'inbox: abandon() relaxed' inbox abandoned_lanes.hpp \
    'added_.compare_exchange_weak(head, &lane, std::memory_order_release,' \
    'added_.compare_exchange_weak(head, &lane, std::memory_order_relaxed,' dropped
  mutant 'inbox: what is kept goes without its limit' causal causal_batch.hpp \
    'limit_ = limit;' \
    'limit_ = NoLimit;' 'one message'
  # ---- room
  mutant 'bounds: the reader only looks whether room is wanted' bounds bounds.hpp \
    'if (wanted.exchange(0, std::memory_order_acq_rel) != 0) room.signal();' \
    'if (wanted.load(std::memory_order_acquire) != 0 &&
         wanted.exchange(0, std::memory_order_acq_rel) != 0) room.signal();' room
  mutant 'bounds: wantRoom() only stores' bounds bounds.hpp \
    'wanted.exchange(1, std::memory_order_acq_rel);' \
    'wanted.store(1, std::memory_order_release);' room
  mutant 'bounds: a cursor that the reader has passed' bounds lane_reader.hpp \
    'if (cursor.chunk == nullptr || cursor.position <= this->popped()) cursor' \
    'if (cursor.chunk == nullptr) cursor' oldest
  mutant 'bounds: what is dropped is not pinned' bounds lane_taker.hpp \
    'void pin() noexcept { ++pins_; }' \
    'void pin() noexcept {}' oldest long
  # ---- quits
  mutant 'quits: counted in two steps' quits quits.hpp \
    'requested_.fetch_add(1, std::memory_order_seq_cst);' \
    'requested_.load(std::memory_order_seq_cst);
    requested_.store(number + 1, std::memory_order_seq_cst);' two
  mutant 'quits: two write in one place' quits quits.hpp \
    'if (record.number.exchange(Record::Writing, std::memory_order_acquire) != Record::Writing) {' \
    'if (true) {' two
  mutant 'quits: the thread is written relaxed' quits quits.hpp \
    'record.thread.store(quit.thread, std::memory_order_release);' \
    'record.thread.store(quit.thread, std::memory_order_relaxed);' two
  mutant 'quits: it is not seen that another one was written' quits quits.hpp \
    'return record.number.load(std::memory_order_relaxed) == number + 1 ? quit : Quit{};' \
    'return quit;' two
  mutant 'quits: stopToken() does not look whether it is closed' quits quits.hpp \
    'if (isClosed() || isRequested()' \
    'if (isRequested()' 'a stop token'
  mutant 'quits: stopToken() does not look whether a quit is there' quits quits.hpp \
    'if (isClosed() || isRequested()' \
    'if (isClosed()' 'a new stop token'
  mutant 'quits: a run that ends is over too early' quits quits.hpp \
    'isFinishing_.store(true, std::memory_order_release);' \
    '' 'a new stop token'
  mutant 'quits: what is taken away is not stopped' quits quits.hpp \
    'old->source.request_stop();' \
    '' 'a stop token'
  mutant 'quits: what is taken away ends at once' quits quits.hpp \
    'if (users_.load(std::memory_order_seq_cst) == 0) retired_.reset();' \
    'retired_.reset();' 'a stop token'
  mutant 'quits: stopToken() looks too early' quits quits.hpp \
    'Stop* stop = stop_.load(std::memory_order_seq_cst);' \
    'Stop* stop = stop_.load(std::memory_order_acquire);' 'a stop token'
  mutant 'quits: a late one stops the next token' quits quits.hpp \
    'if (stop != nullptr && stop->firstQuit <= number)' \
    'if (stop != nullptr)' 'a new stop token'
  # ---- stops
  mutant 'answer: offerStop() relaxed' answer answer_state.hpp \
    'return (bits_.fetch_or(Stoppable, std::memory_order_acq_rel) & Abandoned) == 0;' \
    'return (bits_.fetch_or(Stoppable, std::memory_order_relaxed) & Abandoned) == 0;' stopped
  mutant 'answer: offerStop() looks first' answer answer_state.hpp \
    'return (bits_.fetch_or(Stoppable, std::memory_order_acq_rel) & Abandoned) == 0;' \
    'bool const isThere = (bits_.load(std::memory_order_acquire) & Abandoned) == 0;
     bits_.fetch_or(Stoppable, std::memory_order_acq_rel);
     return isThere;' stopped
  mutant 'answer: abandon() looks once for a stop' answer answer_state.hpp \
    'do {
      if ((seen & Ready) != 0) return false;
      if ((seen & Stoppable) != 0) stoppable();' \
    'if ((seen & Stoppable) != 0) stoppable();
    do {
      if ((seen & Ready) != 0) return false;' stopped

  # ---- close listeners
  mutant 'close listeners: silence does not look whether it is closed' close_listeners \
    close_listeners.hpp '      if (!isClosed_) return;' '      return;' 'a silence'
  mutant 'close listeners: who closes does not tell of silence' close_listeners \
    close_listeners.hpp '    if (isSilent) endpointIsSilent();' '' 'a silence'
  mutant 'close listeners: one is added to what is over' close_listeners \
    close_listeners.hpp '    if (isClosed_ && isSilent_) return false;' '' 'a silence'
  mutant 'close listeners: one that ends stays in the list' close_listeners \
    close_listeners.hpp '    std::lock_guard const lock(list_->mutex);
    unlink();' '' 'given up'

  # ---- hooks
  mutant 'hooks: nobody waits for a call' hooks hook.hpp \
    'if (call->number > last_) continue;' \
    'continue;' 'while it is called'
  mutant 'hooks: who replaces one waits for calls of that one only' hooks hook.hpp \
    'if (call->number > last_) continue;' \
    'if (call->function != before_.get()) continue;' 'by two'
  mutant 'hooks: the end of a call is not told' hooks hook.hpp \
    'waiter->ended.signal();' \
    '' 'while it is called'
  mutant 'hooks: who waits stays in the list' hooks hook.hpp \
    '*place = waiter.next;' \
    '' 'gives up'
  mutant 'hooks: a function does not outlive its replacement' hooks hook.hpp \
    'if (call->function == before_.get()) call->keep = before_;' \
    '' 'by itself'

  # ---- critical sections and forks
  mutant 'sections: who frees a mutex wakes nobody' sections light_mutex.hpp \
    'Platform::wake(word_);' \
    '{}' 'of three'
  mutant 'sections: who has slept leaves the mutex held' sections light_mutex.hpp \
    'while (word_.exchange(Contended, std::memory_order_acquire) != Free) {
      Platform::sleep(word_, Contended, NoDeadline);
    }' \
    'for (;;) {
      std::uint32_t seen = Free;
      if (word_.compare_exchange_strong(seen, Held, std::memory_order_acquire,
                                        std::memory_order_relaxed)) return;
      if (word_.exchange(Contended, std::memory_order_acquire) == Free) return;
      Platform::sleep(word_, Contended, NoDeadline);
    }' 'of three'
  mutant 'sections: a mutex is freed relaxed' sections light_mutex.hpp \
    'word_.exchange(Free, std::memory_order_release)' \
    'word_.exchange(Free, std::memory_order_relaxed)' 'of three'
  mutant 'sections: a mutex is locked relaxed' sections light_mutex.hpp \
    'Held, std::memory_order_acquire,' \
    'Held, std::memory_order_relaxed,' 'of three'
  mutant 'sections: a mutex is looked at after it is free' sections light_mutex.hpp \
    'if (word_.exchange(Free, std::memory_order_release) == Contended) [[unlikely]]' \
    'word_.store(Free, std::memory_order_release);
    if (word_.exchange(Free, std::memory_order_acq_rel) == Contended)' 'that ends'
  mutant 'sections: who enters does not see that one forks' sections fork_gate.hpp \
    'if (own.gate->closings_.load(std::memory_order_seq_cst) != 0) [[unlikely]]
      own.gate->waitForOpen(own);' \
    '' 'one forks'
  mutant 'sections: who forks does not see who is inside' sections fork_gate.hpp \
    'if (seen == ours) break;' \
    'if (seen == ours || looks == 0) break;' 'one forks'
  mutant 'sections: who may enter again wakes nobody else' sections fork_gate.hpp \
    'Platform::wake(closings_);  // the next one that waits' \
    '' 'one forks'
  mutant 'sections: a fork that is over wakes nobody' sections fork_gate.hpp \
    'closings_.fetch_sub(1, std::memory_order_release);
    Platform::wake(closings_);' \
    'closings_.fetch_sub(1, std::memory_order_release);' 'one forks'
  mutant 'sections: one inside of another waits for the fork' sections fork_gate.hpp \
    'if (own.depth != 1) return;' \
    '' 'nested'
  mutant 'sections: left relaxed' sections fork_gate.hpp \
    'own.inside->fetch_sub(1, std::memory_order_release);' \
    'own.inside->fetch_sub(1, std::memory_order_relaxed);' 'one forks'
  mutant 'sections: who has waited for a fork does not look again' sections fork_gate.hpp \
    '} while (closings_.load(std::memory_order_seq_cst) != 0);' \
    '} while (false);' 'forks twice'

  # ---- who clears a lane
  mutant 'clearing: who is at it is not told' close clearing.hpp \
    'mustClearAgain_ = true;
      if (std::exchange(isBeingCleared_, true)) return;' \
    'if (std::exchange(isBeingCleared_, true)) return;
      mustClearAgain_ = true;'
  mutant 'clearing: two clear at the same time' close clearing.hpp \
    'if (std::exchange(isBeingCleared_, true)) return;' \
    'isBeingCleared_ = true;'
  mutant 'clearing: nobody looks again' close clearing.hpp \
    'clear();
    }' \
    'clear();
      std::lock_guard const lock(mutex);
      isBeingCleared_ = false;
      return;
    }'
  # ---- tasks
  mutant 'tasks: finish() does not say that it tells' tasks task_state.hpp \
    'return waiterIn(state_.fetch_or(Done | Telling, std::memory_order_acq_rel));' \
    'return waiterIn(state_.fetch_or(Done, std::memory_order_acq_rel));'
  mutant 'tasks: finish() looks first' tasks task_state.hpp \
    'return waiterIn(state_.fetch_or(Done | Telling, std::memory_order_acq_rel));' \
    'Waiter* const waiter = waiterIn(state_.load(std::memory_order_acquire));
    state_.fetch_or(Done | Telling, std::memory_order_acq_rel);
    return waiter;'
  mutant 'tasks: finish() acquires only' tasks task_state.hpp \
    'return waiterIn(state_.fetch_or(Done | Telling, std::memory_order_acq_rel));' \
    'return waiterIn(state_.fetch_or(Done | Telling, std::memory_order_acquire));'
  mutant 'tasks: finish() releases only' tasks task_state.hpp \
    'return waiterIn(state_.fetch_or(Done | Telling, std::memory_order_acq_rel));' \
    'return waiterIn(state_.fetch_or(Done | Telling, std::memory_order_release));'
  mutant 'tasks: waitBy() acquires only' tasks task_state.hpp \
    'std::memory_order_acq_rel, std::memory_order_acquire)) {' \
    'std::memory_order_acquire, std::memory_order_acquire)) {'
  mutant 'tasks: drop() relaxed' tasks task_state.hpp \
    'state_.fetch_or(Dropped, std::memory_order_acq_rel)' \
    'state_.fetch_or(Dropped, std::memory_order_relaxed)'
  mutant 'tasks: tellingIsOver() relaxed' tasks task_state.hpp \
    'state_.fetch_and(Told, std::memory_order_acq_rel)' \
    'state_.fetch_and(Told, std::memory_order_relaxed)'
  mutant 'tasks: cancelIsOver() relaxed' tasks task_state.hpp \
    'return isLast(state_.fetch_and(Over, std::memory_order_acq_rel) & Over);' \
    'return isLast(state_.fetch_and(Over, std::memory_order_relaxed) & Over);'
  mutant 'tasks: cancelling holds nothing' tasks task_state.hpp \
    'return (state_.fetch_or(Cancelling, std::memory_order_relaxed) & Cancelling) == 0;' \
    'return true;'
  mutant 'tasks: the waiter stays' tasks task_state.hpp \
    'isLast(state_.fetch_and(AllBits, std::memory_order_acq_rel) & AllBits)' \
    'isLast(state_.load(std::memory_order_acquire) & AllBits)'

  # ---- who lets an endpoint go
  mutant 'departure: announce() releases only' departure departure.hpp \
    'isAnnounced_.store(true, std::memory_order_seq_cst);' \
    'isAnnounced_.store(true, std::memory_order_release);'
  mutant 'departure: threadEnds() releases only' departure departure.hpp \
    'own.life.store(ThreadToken::Ended, std::memory_order_seq_cst);' \
    'own.life.store(ThreadToken::Ended, std::memory_order_release);'
  mutant 'departure: two leave' departure departure.hpp \
    'return !wasLeft_.exchange(true, std::memory_order_acq_rel);' \
    'bool const isFirst = !wasLeft_.load(std::memory_order_acquire);
     wasLeft_.store(true, std::memory_order_release);
     return isFirst;'
  mutant 'departure: the end of the thread is not looked at' departure departure.hpp \
    'return thread.life.load(std::memory_order_seq_cst) != ThreadToken::Alive;' \
    'return false;'
  mutant 'departure: mustLeaveFor() tells relaxed' departure departure.hpp \
    'thread.hasDisowned.exchange(1, std::memory_order_release);' \
    'thread.hasDisowned.exchange(1, std::memory_order_relaxed);' 'lives on'
  mutant 'departure: mustLeaveFor() only stores' departure departure.hpp \
    'thread.hasDisowned.exchange(1, std::memory_order_release);' \
    'thread.hasDisowned.store(1, std::memory_order_release);' 'lives on'
  mutant 'departure: letsGo() forgets later' departure departure.hpp \
    'own.hasDisowned.exchange(0, std::memory_order_acquire);' \
    'own.hasDisowned.store(0, std::memory_order_relaxed);' 'lives on'

  # ---- who clears a closed endpoint
  mutant 'gate: exit() relaxed' gate poll_gate.hpp \
    'polls_.store(outer, std::memory_order_release);' \
    'polls_.store(outer, std::memory_order_relaxed);'
  mutant 'gate: isVacant() relaxed' gate poll_gate.hpp \
    'return polls_.load(std::memory_order_acquire) == 0;' \
    'return polls_.load(std::memory_order_relaxed) == 0;'
  mutant 'plain sender: give() relaxed' plain_sender plain_sender.hpp \
    'word_.exchange(word, std::memory_order_acq_rel);' \
    'word_.exchange(word, std::memory_order_relaxed);'
  mutant 'plain sender: give() only stores' plain_sender plain_sender.hpp \
    'word_.exchange(word, std::memory_order_acq_rel);' \
    'word_.store(word, std::memory_order_release);'
  mutant 'plain sender: close() relaxed' plain_sender plain_sender.hpp \
    'word_.store(addressOf(this), std::memory_order_release);' \
    'word_.store(addressOf(this), std::memory_order_relaxed);'
  mutant 'plain sender: give() does not look' plain_sender plain_sender.hpp \
    'if (isClosed()) close();' \
    'isClosed();'
  mutant 'gate: exit() does not look' gate poll_gate.hpp \
    'return outer == 0 && !observes(Open) && observe() == Closed;' \
    'return false;'
  mutant 'gate: a look without saying so' gate poll_gate.hpp \
    'polls_.store(outer + 1, std::memory_order_relaxed);' \
    ''
  mutant 'gate: enter() and a plain look' gate poll_gate.hpp \
    'std::uint32_t observe() noexcept { return life_.observe(); }' \
    'std::uint32_t observe() noexcept { return life_.peek(); }'

  mutant 'latest: supersede() relaxed' latest latest_ticket.hpp \
    'state_.exchange(Superseded, std::memory_order_acq_rel)' \
    'state_.exchange(Superseded, std::memory_order_relaxed)'
  mutant 'latest: beginUpdate() only looks' latest latest_ticket.hpp \
    'state_.compare_exchange_strong(seen, seen | Changing, std::memory_order_acquire,
                                          std::memory_order_acquire);' \
    'seen != Changing;'
  mutant 'latest: endUpdate() relaxed' latest latest_ticket.hpp \
    '+ Version, std::memory_order_release);' \
    '+ Version, std::memory_order_relaxed);'
  mutant 'latest: endUpdate() keeps the version' latest latest_ticket.hpp \
    '+ Version, std::memory_order_release);' \
    '+ 0, std::memory_order_release);'
  mutant 'latest: the second look is not at the last one' latest lane_reader.hpp \
    'lookBackAtLast(view.last);' \
    '{}'
  mutant 'latest: the second look believes that the last one has not grown' latest lane_reader.hpp \
    'if (word != grows_) return word;' \
    'if (word == 0) return word;'

  # ---- answer
  mutant 'answer: publish() relaxed' answer answer_state.hpp \
    'bits_.exchange(Ready, std::memory_order_acq_rel)' \
    'bits_.exchange(Ready, std::memory_order_relaxed)'
  mutant 'answer: publish() releases only' answer answer_state.hpp \
    'bits_.exchange(Ready, std::memory_order_acq_rel)' \
    'bits_.exchange(Ready, std::memory_order_release)'
  mutant 'answer: publish() in two steps' answer answer_state.hpp \
    'std::uint32_t const before = bits_.exchange(Ready, std::memory_order_acq_rel);' \
    'std::uint32_t const before = bits_.load(std::memory_order_acquire);
     bits_.store(Ready, std::memory_order_release);'
  mutant 'answer: publish() does not wake' answer answer_state.hpp \
    'if ((before & Asleep) != 0) Platform::wake(bits_);
    if ((before & Abandoned) != 0)' \
    'if ((before & Abandoned) != 0)'
  mutant 'answer: ready() relaxed' answer answer_state.hpp \
    'return (bits_.load(std::memory_order_acquire) & Ready) != 0;' \
    'return (bits_.load(std::memory_order_relaxed) & Ready) != 0;'
  mutant 'answer: abandon() only stores' answer answer_state.hpp \
    'while (!bits_.compare_exchange_weak(seen, seen | Abandoned, std::memory_order_acq_rel,
                                          std::memory_order_acquire));' \
    'while (false);
     bits_.store(seen | Abandoned, std::memory_order_release);'
  mutant 'answer: abandon() relaxed' answer answer_state.hpp \
    'bits_.compare_exchange_weak(seen, seen | Abandoned, std::memory_order_acq_rel,' \
    'bits_.compare_exchange_weak(seen, seen | Abandoned, std::memory_order_acquire,'
  mutant 'answer: a nudge is not consumed' answer answer_state.hpp \
    'bits_.fetch_and(~std::uint32_t{Nudged}, std::memory_order_acq_rel);' \
    ''
  mutant 'answer: sleep() overlooks a nudge' answer answer_state.hpp \
    'if ((seen & Nudged) != 0) {' \
    'if (false) {'
  mutant 'answer: nudge() relaxed' answer answer_state.hpp \
    'bits_.fetch_or(Nudged, std::memory_order_acq_rel)' \
    'bits_.fetch_or(Nudged, std::memory_order_relaxed)'
  mutant 'answer: defer() only stores' answer answer_state.hpp \
    'bits_.fetch_or(Deferred, std::memory_order_seq_cst);' \
    'bits_.store(Deferred, std::memory_order_release);'
fi

echo "$killed mutants killed, $bad not"
[ "$bad" = 0 ] && [ "$killed" -gt 0 ]
