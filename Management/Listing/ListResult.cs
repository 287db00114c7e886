using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OrleansBroker.Management.Api;

namespace OrleansBroker.Management.Listing;

/// <summary>A list as the query asks for it: whole, which is written while it is read, or a page with its counts.</summary>
internal sealed class ListResult<TRow, TItem>(ListSource<TRow, TItem> source, ListQuery query) : IResult
{
    // Items that are made at a time, and octets that are gathered before they are sent.
    private const int ChunkRows = 500;
    private const int ChunkOctets = 1 << 16;

    private readonly bool _isSorted = query.IsReversed || !(query.Sort is null || (query.IsByName && source.IsByName));

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var cancellation = httpContext.RequestAborted;
        var page = query.Page is null ? null : await ReadPageAsync(cancellation);
        var response = httpContext.Response;
        response.ContentType = "application/json";
        var rows = page is null && _isSorted ? (await SortAsync(cancellation)).ToAsyncEnumerable() : source.Rows;
        await using (var writer = new Utf8JsonWriter(response.BodyWriter, ApiResults.Writing))
        {
            if (page is null)
            {
                await WriteItemsAsync(writer, response.BodyWriter, rows, cancellation);
            }
            else
            {
                await WritePageAsync(writer, response.BodyWriter, page, cancellation);
            }
        }

        await response.BodyWriter.FlushAsync(cancellation);
    }

    /// <summary>Reads the page, so that what cannot be is refused before anything is written.</summary>
    private async Task<ListPage<TRow>> ReadPageAsync(CancellationToken cancellation)
    {
        var page = source.ReadPage is { } read && (query.Sort is null || query.IsByName) ? await read(query, cancellation) : null;
        page ??= _isSorted ? await SortPageAsync(cancellation) : await CountThroughAsync(cancellation);
        return page.Rows.Count == 0 && query.Skipped > page.Filtered
            ? throw new ApiException(
                StatusCodes.Status400BadRequest,
                "page_out_of_range",
                $"Page out of range, page: {query.Page} page size: {query.PageSize}, len: {page.Filtered}")
            : page;
    }

    private async Task<ListPage<TRow>> CountThroughAsync(CancellationToken cancellation)
    {
        var rows = new List<TRow>(query.PageSize);
        var (total, filtered) = (0L, 0L);
        await foreach (var row in source.Rows.WithCancellation(cancellation))
        {
            total++;
            if (query.Matches?.IsMatch(source.Name(row)) == false)
            {
                continue;
            }

            if (filtered++ >= query.Skipped && rows.Count < query.PageSize)
            {
                rows.Add(row);
            }
        }

        return new ListPage<TRow>(rows, total, filtered);
    }

    private async Task<ListPage<TRow>> SortPageAsync(CancellationToken cancellation)
    {
        var rows = new SortedRows<TRow>(query.IsReversed, query.Skipped + query.PageSize);
        var total = await SortAsync(rows, cancellation);
        return new ListPage<TRow>([.. rows.Read().Skip((int)query.Skipped)], total, rows.Added);
    }

    private async Task<IEnumerable<TRow>> SortAsync(CancellationToken cancellation)
    {
        var rows = new SortedRows<TRow>(query.IsReversed, null);
        await SortAsync(rows, cancellation);
        return rows.Read();
    }

    /// <summary>Sorts what the filter leaves, and tells how many rows there are.</summary>
    private async Task<long> SortAsync(SortedRows<TRow> sorted, CancellationToken cancellation)
    {
        var total = 0L;
        await foreach (var chunk in source.Rows.Chunk(ChunkRows).WithCancellation(cancellation))
        {
            total += chunk.Length;
            var rows = query.Matches is { } matches ? Array.FindAll(chunk, row => matches.IsMatch(source.Name(row))) : chunk;
            var keys = query.Sort is { } path ? await KeysAsync(rows, path, cancellation) : null;
            for (var i = 0; i < rows.Length; i++)
            {
                sorted.Add(keys?[i] ?? default, rows[i]);
            }
        }

        return total;
    }

    private async Task<SortKey[]> KeysAsync(TRow[] rows, string[] path, CancellationToken cancellation)
    {
        var items = await source.Expand(rows, cancellation);
        return [.. items.Select(item => SortKey.Of(JsonSerializer.SerializeToNode(item, source.Type), path))];
    }

    private async Task WritePageAsync(Utf8JsonWriter writer, PipeWriter body, ListPage<TRow> page, CancellationToken cancellation)
    {
        writer.WriteStartObject();
        writer.WriteNumber("filtered_count", page.Filtered);
        writer.WriteNumber("item_count", page.Rows.Count);
        writer.WritePropertyName("items");
        await WriteItemsAsync(writer, body, page.Rows.ToAsyncEnumerable(), cancellation);
        writer.WriteNumber("page", query.Page!.Value);
        writer.WriteNumber("page_count", (page.Filtered + query.PageSize - 1) / query.PageSize);
        writer.WriteNumber("page_size", query.PageSize);
        writer.WriteNumber("total_count", page.Total);
        writer.WriteEndObject();
    }

    private async Task WriteItemsAsync(Utf8JsonWriter writer, PipeWriter body, IAsyncEnumerable<TRow> rows, CancellationToken cancellation)
    {
        writer.WriteStartArray();
        await foreach (var chunk in rows.Chunk(ChunkRows).WithCancellation(cancellation))
        {
            foreach (var item in await source.Expand(chunk, cancellation))
            {
                WriteItem(writer, item);
                if (writer.BytesPending > ChunkOctets)
                {
                    await writer.FlushAsync(cancellation);
                    await body.FlushAsync(cancellation);
                }
            }
        }

        writer.WriteEndArray();
    }

    private void WriteItem(Utf8JsonWriter writer, TItem item)
    {
        if (query.Columns is not { } columns)
        {
            JsonSerializer.Serialize(writer, item, source.Type);
            return;
        }

        JsonNode chosen = columns.Select(JsonSerializer.SerializeToNode(item, source.Type))!;
        chosen.WriteTo(writer);
    }
}

/// <summary>Answers with lists.</summary>
internal static class Lists
{
    /// <summary>The whole list or a page of it, as the query says.</summary>
    public static IResult Answer<TRow, TItem>(ApiRequest request, ListSource<TRow, TItem> source) =>
        new ListResult<TRow, TItem>(source, ListQuery.Of(request));
}
