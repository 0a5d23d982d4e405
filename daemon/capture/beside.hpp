#pragma once

#include <future>
#include <utility>

namespace envfix::capture {

/// Does `work` in a thread of its own, or, without `threads` and where none can be had, when its result is asked for. What it
/// throws comes out there. The future waits for it in any case: what `work` refers to has to be there before the future.
template <typename Work> auto beside(bool threads, Work work)
{
    const auto here = std::launch::deferred;
    return std::async(threads ? std::launch::async | here : here, std::move(work));
}

} // namespace envfix::capture
