#pragma once

#include <string>
#include <string_view>

namespace envfix {

/// Text that may be shown: what came from outside, with control, bidirectional and invalid bytes
/// escaped (`\x1b`, `\u202e`) and at most 256 bytes long (THREATS.md O1).
class Printable {
public:
    explicit Printable(std::string_view untrusted);

    [[nodiscard]] const std::string& text() const { return m_text; }

private:
    std::string m_text;
};

/// The same escaping without the limit on length, for whole paths and messages.
std::string escape_untrusted(std::string_view untrusted);

} // namespace envfix
