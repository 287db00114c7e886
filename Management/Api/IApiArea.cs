namespace OrleansBroker.Management.Api;

/// <summary>One area of the API: its operations, and what they need of the broker by its constructor. Registered as a singleton.</summary>
internal interface IApiArea
{
    /// <summary>Adds the area's operations.</summary>
    void Map(ApiRoutes routes);
}
