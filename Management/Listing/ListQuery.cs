using System.Globalization;
using Microsoft.AspNetCore.Http;
using OrleansBroker.Management.Api;

namespace OrleansBroker.Management.Listing;

/// <summary>What a list's query asks for (row 3.05): a page, a filter by name, an order, columns.</summary>
internal sealed class ListQuery
{
    private const int DefaultPageSize = 100;
    private const int LargestPageSize = 500;

    private ListQuery()
    {
    }

    /// <summary>The page from 1 on; null: the whole list.</summary>
    public int? Page { get; private init; }

    public int PageSize { get; private init; } = DefaultPageSize;

    /// <summary>Members of an item, from the outer to the inner, by which it is sorted; null: in the list's own order.</summary>
    public string[]? Sort { get; private init; }

    public bool IsReversed { get; private init; }

    /// <summary>What is shown of an item; null: all.</summary>
    public Columns? Columns { get; private init; }

    /// <summary>Whether it is sorted by the name.</summary>
    public bool IsByName => Sort is ["name"];

    /// <summary>Whether the name has what is looked for; a page's filter only, as in RabbitMQ. Null: none is looked for.</summary>
    public NameFilter? Matches { get; private init; }

    /// <summary>How many items come before the page.</summary>
    public long Skipped => ((Page ?? 1) - 1L) * PageSize;

    /// <summary>Reads it.</summary>
    /// <exception cref="ApiException">It cannot be (400).</exception>
    public static ListQuery Of(ApiRequest request)
    {
        var page = Number(request, "page");
        var size = Number(request, "page_size");
        if (page is not null && (page < 1 || size is < 1 or > LargestPageSize))
        {
            var asked = size is { } number ? number.ToString(CultureInfo.InvariantCulture) : "undefined";
            throw new ApiException(
                StatusCodes.Status400BadRequest,
                "invalid_pagination_parameters",
                $"Invalid pagination parameters: page number {page}, page size {asked}");
        }

        return new ListQuery
        {
            Page = page,
            PageSize = page is null ? DefaultPageSize : size ?? DefaultPageSize,
            Sort = request.Query("sort") is { Length: > 0 } sort ? sort.Split('.', StringSplitOptions.RemoveEmptyEntries) : null,
            IsReversed = request.Flag("sort_reverse"),
            Columns = Columns.Parse(request.Query("columns")),
            Matches = page is null || request.Query("name") is not { Length: > 0 } name ? null : Filter(name, request.Flag("use_regex")),
        };
    }

    private static int? Number(ApiRequest request, string parameter)
    {
        if (request.Query(parameter) is not { } text)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw Invalid();
    }

    private static NameFilter Filter(string text, bool isRegex) =>
        !isRegex ? NameFilter.OfText(text) : NameFilter.TryParse(text, out var filter) ? filter : throw Invalid();

    private static ApiException Invalid() => ApiException.BadRequest("Pagination parameters are invalid");
}
