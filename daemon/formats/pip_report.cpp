#include "formats/pip_report.hpp"

#include "formats/json_path_reader.hpp"

#include <algorithm>
#include <utility>

namespace envfix::formats {

namespace {

constexpr std::size_t k_text_limit = std::size_t{64} << 20U;
constexpr std::size_t k_depth_limit = 32;
constexpr std::size_t k_most_items = 2000;

/// A report holds whole descriptions: only what is wanted is kept.
class Reader final : public JsonPathReader {
public:
    Reader() : JsonPathReader(k_depth_limit) {}

    [[nodiscard]] std::vector<PipReportItem> take() { return std::move(m_items); }

    [[nodiscard]] bool is_known() const { return m_version == "1"; }

    bool string(string_t& value) override
    {
        if (is_at({"version"})) m_version = value;
        if (is_at({"install", "", "metadata", "name"})) m_items.back().name = value;
        if (is_at({"install", "", "metadata", "version"})) m_items.back().version = value;
        return true;
    }

    bool start_object(std::size_t /*size*/) override
    {
        if (is_at({"install", ""})) m_items.emplace_back();
        return m_items.size() <= k_most_items && enter();
    }

private:
    std::vector<PipReportItem> m_items;
    std::string m_version;
};

} // namespace

Result<std::vector<PipReportItem>> parse_pip_report(std::string_view text)
{
    if (text.size() > k_text_limit) return fail(ErrorCode::too_large, "pip's report is too long");
    Reader reader;
    const bool read = nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
    if (!read || !reader.is_known())
        return fail(ErrorCode::malformed, "not a report of pip's that is known");
    auto items = reader.take();
    const bool whole = std::ranges::all_of(items, [](const PipReportItem& item) {
        return !item.name.empty() && !item.version.empty();
    });
    if (!whole) return fail(ErrorCode::malformed, "pip's report names no version of something");
    return items;
}

} // namespace envfix::formats
