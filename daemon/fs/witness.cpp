#include "fs/witness.hpp"

#include <utility>

namespace envfix::fs {

namespace {
constexpr std::size_t k_most = 20'000; // more is more to ask again than to read again
}

void Witness::saw(Question question, Answer answer)
{
    const std::scoped_lock lock(m_mutex);
    if (m_spoilt) return;
    const auto at = m_answers.lower_bound(question);
    if (at != m_answers.end() && at->first == question) {
        m_spoilt = at->second != answer;
    } else {
        m_spoilt = m_answers.size() == k_most;
        m_answers.emplace_hint(at, std::move(question), std::move(answer));
    }
}

void Witness::saw(Question question, const Result<Status>& answer)
{
    if (answer) {
        saw(std::move(question), Answer{.status = *answer, .text = {}});
    } else if (answer.error().code == ErrorCode::not_found) {
        saw(std::move(question), Answer{});
    } else {
        spoil();
    }
}

void Witness::spoil()
{
    const std::scoped_lock lock(m_mutex);
    m_spoilt = true;
}

std::optional<Witness::Answers> Witness::testimony() const
{
    const std::scoped_lock lock(m_mutex);
    if (m_spoilt) return std::nullopt;
    return m_answers;
}

} // namespace envfix::fs
