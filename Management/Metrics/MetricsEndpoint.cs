using Microsoft.AspNetCore.Http;

namespace OrleansBroker.Management.Metrics;

/// <summary>
/// Answers Prometheus: <c>/metrics</c> in sums, <c>/metrics/per-object</c> with a series for each queue, connection and channel,
/// <c>/metrics/detailed</c> with the families that <c>family</c> names, of the virtual hosts that <c>vhost</c> names,
/// and <c>/metrics/memory-breakdown</c>.
/// </summary>
internal sealed class MetricsEndpoint(MetricsReport report)
{
    public async Task AnswerAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = "GET, HEAD";
            return;
        }

        Func<PrometheusText, Task>? write = context.Request.Path.Value?.TrimEnd('/') switch
        {
            "/metrics" => text => report.WriteAsync(text, perObject: false, context.RequestAborted),
            "/metrics/per-object" => text => report.WriteAsync(text, perObject: true, context.RequestAborted),
            "/metrics/detailed" => text => report.WriteDetailedAsync(text, Values(context, "family"), Values(context, "vhost"), context.RequestAborted),
            "/metrics/memory-breakdown" => text => report.WriteMemoryAsync(text, context.RequestAborted),
            _ => null,
        };
        if (write is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            await context.Response.WriteAsync("There are /metrics, /metrics/per-object, /metrics/detailed and /metrics/memory-breakdown.\n", context.RequestAborted);
            return;
        }

        context.Response.ContentType = PrometheusText.ContentType;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await write(new PrometheusText(context.Response.BodyWriter));
            await context.Response.CompleteAsync();
        }
    }

    private static HashSet<string> Values(HttpContext context, string name) =>
        [.. context.Request.Query[name].OfType<string>()];
}
