#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::formats {

/// Takes the few values that are wanted of a JSON text as they go by: no tree is built of what an attacker nests. Knows where
/// it is by the keys on the way there; an element of an array has the empty name. A text that is no object, or nested deeper
/// than allowed, is refused (sax_parse gives false).
class JsonPathReader : public nlohmann::json_sax<nlohmann::json> {
public:
    bool null() override { return true; }
    bool boolean(bool /*value*/) override { return true; }
    bool number_integer(number_integer_t /*value*/) override { return true; }
    bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
    bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
    bool binary(binary_t& /*value*/) override { return false; }
    bool start_object(std::size_t /*size*/) override { return enter(); }
    bool end_object() override { return leave(); }
    bool start_array(std::size_t /*size*/) override { return !m_path.empty() && enter(); }
    bool end_array() override { return leave(); }

    bool key(string_t& name) override
    {
        m_path.back() = name;
        return true;
    }

    bool parse_error(std::size_t /*at*/, const std::string& /*token*/, const nlohmann::json::exception& /*error*/) override
    {
        return false;
    }

protected:
    explicit JsonPathReader(std::size_t most_depth) : m_most_depth(most_depth) {}

    [[nodiscard]] bool is_at(std::initializer_list<std::string_view> path) const
    {
        return std::equal(m_path.begin(), m_path.end(), path.begin(), path.end());
    }

    bool enter()
    {
        m_path.emplace_back();
        return m_path.size() <= m_most_depth;
    }

private:
    bool leave()
    {
        m_path.pop_back();
        return true;
    }

    std::size_t m_most_depth;
    std::vector<std::string> m_path; ///< the key that is being read, of each open object
};

} // namespace envfix::formats
