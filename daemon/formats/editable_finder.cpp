#include "formats/editable_finder.hpp"

#include "formats/python_text.hpp"

#include <optional>
#include <utility>

namespace envfix::formats {

namespace {

constexpr std::size_t k_most_modules = 1000;

/// Cuts what a dictionary of literals consists of from the front of a text.
class Literals {
public:
    explicit Literals(std::string_view text) : m_text(text) {}

    bool take(char wanted)
    {
        m_text = strip_left(m_text);
        if (!m_text.starts_with(wanted)) return false;
        m_text.remove_prefix(1);
        return true;
    }

    /// A string as repr() writes it.
    std::optional<std::string> take_string()
    {
        m_text = strip_left(m_text);
        if (m_text.empty() || (m_text.front() != '\'' && m_text.front() != '"'))
            return std::nullopt;
        const char quote = m_text.front();
        std::string out;
        for (std::size_t i = 1; i < m_text.size(); ++i) {
            const char c = m_text[i];
            if (c == quote) {
                m_text.remove_prefix(i + 1);
                return out;
            }
            if (c != '\\') {
                out += c;
                continue;
            }
            // Other escapes stand for bytes that no path of ours has.
            if (++i == m_text.size() || (m_text[i] != '\\' && m_text[i] != quote))
                return std::nullopt;
            out += m_text[i];
        }
        return std::nullopt;
    }

private:
    std::string_view m_text;
};

} // namespace

std::vector<EditableModule> parse_editable_finder(std::string_view bytes)
{
    std::vector<EditableModule> modules;
    Lines lines(bytes);
    std::string_view line;
    while (lines.next(line)) {
        const bool mapping = line.starts_with("MAPPING:") || line.starts_with("MAPPING =") ||
                             line.starts_with("MAPPING=");
        if (!mapping) continue;
        Literals literals(line.substr(line.find('=') + 1));
        if (line.find('=') == line.npos || !literals.take('{')) return {};
        while (!literals.take('}')) {
            auto name = literals.take_string();
            if (!name || !literals.take(':')) return {};
            auto target = literals.take_string();
            if (!target || modules.size() == k_most_modules) return {};
            modules.push_back({*std::move(name), *std::move(target)});
            literals.take(',');
        }
        return modules;
    }
    return modules;
}

std::string_view editable_finder_of(std::string_view pth_line)
{
    constexpr std::string_view k_import = "import ";
    if (!pth_line.starts_with(k_import)) return {};
    const auto rest = pth_line.substr(k_import.size());
    const auto name = rest.substr(0, rest.find(';'));
    if (!name.starts_with("__editable___") || !name.ends_with("_finder")) return {};
    if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") !=
        name.npos)
        return {};
    return name;
}

} // namespace envfix::formats
