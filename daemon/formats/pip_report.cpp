#include "formats/pip_report.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace envfix::formats {

namespace {

constexpr std::size_t k_text_limit = std::size_t{64} << 20U;
constexpr std::size_t k_depth_limit = 32;
constexpr std::size_t k_most_items = 2000;

/// Takes the few values wanted as they go by: a report holds whole descriptions.
class Reader : public nlohmann::json_sax<nlohmann::json> {
public:
    [[nodiscard]] std::vector<PipReportItem> take() { return std::move(m_items); }

    [[nodiscard]] bool is_known() const { return m_version == "1"; }

    bool null() override { return true; }

    bool boolean(bool /*value*/) override { return true; }

    bool number_integer(number_integer_t /*value*/) override { return true; }

    bool number_unsigned(number_unsigned_t /*value*/) override { return true; }

    bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }

    bool string(string_t& value) override
    {
        if (is_at({"version"})) m_version = value;
        if (is_at({"install", "", "metadata", "name"})) m_items.back().name = value;
        if (is_at({"install", "", "metadata", "version"})) m_items.back().version = value;
        return true;
    }

    bool binary(binary_t& /*value*/) override { return false; }

    bool start_object(std::size_t /*size*/) override
    {
        if (is_at({"install", ""})) m_items.emplace_back();
        return m_items.size() <= k_most_items && enter();
    }

    bool key(string_t& name) override
    {
        m_path.back() = name;
        return true;
    }

    bool end_object() override { return leave(); }

    bool start_array(std::size_t /*size*/) override { return !m_path.empty() && enter(); }

    bool end_array() override { return leave(); }

    bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                     const nlohmann::json::exception& /*error*/) override
    {
        return false;
    }

private:
    bool enter()
    {
        m_path.emplace_back();
        return m_path.size() <= k_depth_limit;
    }

    bool leave()
    {
        m_path.pop_back();
        return true;
    }

    /// An element of an array has the empty name.
    [[nodiscard]] bool is_at(std::initializer_list<std::string_view> path) const
    {
        return std::equal(m_path.begin(), m_path.end(), path.begin(), path.end());
    }

    std::vector<std::string> m_path;
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
